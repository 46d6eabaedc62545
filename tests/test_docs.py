"""The examples of docs/hooks.md are the cases that they name, word for word."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
EXAMPLES = re.findall(r"<!-- (tests/\S+) -->\n```python\n(.*?)```", (ROOT / "docs/hooks.md").read_text(), re.S)


@pytest.mark.parametrize("path, text", EXAMPLES, ids=[path.split("/")[2] for path, _ in EXAMPLES])
def test_example_is_its_case(path, text):
    assert text == (ROOT / path).read_text()


def test_there_are_four_examples():
    assert len({path.split("/")[2] for path, _ in EXAMPLES}) == 4


def named_tests():
    """(page, name) of each thing that the last column of a table in the docs names as a test."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        for table in re.findall(r"^\|[^\n]*\| (?:test|shown by) \|\n((?:\|.*\n)+)", page.read_text(), re.M):
            for row in table.splitlines()[1:]:
                for name in re.findall(r"`([^`]+)`", row.rsplit("|", 2)[1]):
                    yield page.name, name


@pytest.mark.parametrize("page", sorted({page for page, _ in named_tests()}))
def test_what_tables_name_as_a_test_is_one(page):
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"def (test_\w+)", sources))
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    for name in [name for of, name in named_tests() if of == page]:
        path, _, inside = name.partition("::")
        file = any(any((ROOT / folder).glob(path)) for folder in (".", "tests", "tests/cases", "tests/unit"))
        command = set(re.findall(r"\bmake ([\w-]+)", name)) & targets
        assert name in defined or command or (file and (not inside or inside in defined)), name


def test_there_are_tables_of_tests():
    assert {"installs.md", "internals.md", "isolation.md", "state.md"} <= {page for page, _ in named_tests()}
