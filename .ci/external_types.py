"""Compares the types and traits of other crates in the public API, as rustdoc's JSON has it, with a list of those that may be.

Usage: external_types.py API.json ALLOWED.txt
"""
import json
import sys

STANDARD = {"std", "core", "alloc"}


def paths_in(node):
    """The ids of all paths to types and traits in an item."""
    if isinstance(node, dict):
        if "id" in node and "path" in node and "args" in node:
            yield node["id"]
        for value in node.values():
            yield from paths_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from paths_in(value)


def is_ours(item):
    """Whether the item says something that its author wrote or derived, and not what the compiler adds to every type."""
    implementation = item["inner"].get("impl")
    return item["crate_id"] == 0 and not (
        implementation and (implementation["is_synthetic"] or implementation["blanket_impl"])
    )


def external(api):
    names = {0: api["index"][str(api["root"])]["name"]}
    names.update({int(number): crate["name"] for number, crate in api["external_crates"].items()})
    found = {}
    for item in api["index"].values():
        if not is_ours(item):
            continue
        inner = dict(item["inner"])
        reexport = inner.get("use")
        ids = [reexport["id"]] if reexport and reexport["id"] is not None else list(paths_in(inner))
        for identifier in ids:
            summary = api["paths"].get(str(identifier))
            if not summary or summary["crate_id"] == 0 or names[summary["crate_id"]] in STANDARD:
                continue
            # What a macro of that crate writes for itself promises nothing.
            if "__private" not in summary["path"]:
                found.setdefault("::".join(summary["path"]), item["name"])
    return found


def main():
    api_file, allowed_file = sys.argv[1:]
    with open(api_file) as file:
        api = json.load(file)
    with open(allowed_file) as file:
        lines = (line.split("#")[0].strip() for line in file)
        allowed = {line for line in lines if line}
    found = external(api)
    for path in sorted(found.keys() - allowed):
        print(f"    not in {allowed_file}: {path} (in {found[path]})")
    for path in sorted(allowed - found.keys()):
        print(f"    no longer in the public API: {path}")
    crates = sorted({path.split("::")[0] for path in found})
    print(f"    {len(found)} types and traits of {len(crates)} crates: {', '.join(crates)}")
    # An API in which nothing is found has been read wrongly: bytes and http are in every signature.
    return 1 if found.keys() != allowed or not {"bytes", "http"} <= set(crates) else 0


sys.exit(main())
