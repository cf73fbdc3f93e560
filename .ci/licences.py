"""Checks the licences of everything that is compiled into a program with all features. `cargo metadata` on standard input."""
import json
import re
import sys

# None of these asks for more than its text beside the program.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}


def holds(expression):
    """Whether an SPDX expression can be met by allowed licences alone. `AND` binds closer than `OR`, and `/` is an old `OR`."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def alternatives():
        met = all_of()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            met = all_of() or met
        return met

    def all_of():
        met = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            met = one() and met
        return met

    def one():
        token = tokens.pop(0)
        if token == "(":
            met = alternatives()
            tokens.pop(0)
            return met
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in ALLOWED

    met = alternatives()
    return met and not tokens


def compiled_in(metadata):
    """The packages that the root needs to be built or to run, and not to be tested."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    seen, waiting = set(), [metadata["resolve"]["root"]]
    while waiting:
        package = waiting.pop()
        if package in seen:
            continue
        seen.add(package)
        for dependency in nodes[package]["deps"]:
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    return seen


def main():
    # The rule itself, before it judges anything.
    assert holds("MIT OR GPL-3.0") and holds("(MIT OR Apache-2.0) AND Unicode-3.0") and holds("Unlicense/MIT")
    assert not holds("GPL-3.0") and not holds("MIT AND GPL-3.0") and not holds("GPL-3.0 WITH LLVM-exception")
    metadata = json.load(sys.stdin)
    ids = compiled_in(metadata)
    packages = [package for package in metadata["packages"] if package["id"] in ids]
    wrong = [package for package in packages if not (package["license"] and holds(package["license"]))]
    for package in wrong:
        print(f"    {package['name']} {package['version']}: {package['license'] or package['license_file']}")
    kinds = sorted({package["license"] or "none" for package in packages})
    print(f"    {len(packages)} packages, {len(kinds)} expressions: {'; '.join(kinds)}")
    return 1 if wrong or len(packages) < 20 else 0


sys.exit(main())
