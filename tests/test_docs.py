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
