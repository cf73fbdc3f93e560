"""Counts lines of Rust that are neither blank nor comments: of code, and of tests, which are in `tests`, in files named
`tests.rs` and in modules `tests`."""
import pathlib


def lines(file):
    """The lines of code, and those of the tests among them."""
    code = tests = 0
    in_tests = "tests" in {*file.parts, file.stem}
    for line in file.read_text().splitlines():
        # A module of tests is the last thing in its file.
        in_tests |= line == "mod tests {"
        text = line.strip()
        if text and not text.startswith("//"):
            code, tests = code + (not in_tests), tests + in_tests
    return code, tests


def counted(root):
    return {file: lines(file) for file in sorted(pathlib.Path(root).rglob("*.rs")) if "target" not in file.parts}


source, tests = counted("src"), counted("tests")
outside = [code for file, (code, _) in source.items() if {"providers", "cli"} & set(file.parts)]
code = sum(code for code, _ in source.values())
in_source = sum(inside for _, inside in source.values())
print(f"code={code} of_it_core={code - sum(outside)} tests={sum(map(sum, tests.values())) + in_source}")
