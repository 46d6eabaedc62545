"""Packages with many effects on import, staged beside themselves: abandoned, which leaves no trace in the heap, and flipped.

Both versions are the same release; the second has another RECORD, and in the abandoned attempt its last line raises.
"""

import sys

import pytest

from tests.packages import steps
from tests.support import program
from tests.support.install import read_tree

pytest.importorskip("midflight._testing")

# From 3.12 on filelock has an audit hook, which the interpreter keeps where no walk sees it.
FILELOCK = "live" if sys.version_info < (3, 12) else "native-holder"

# distribution: (release, modules that are imported, the file whose end raises, what the flip comes to, what else it needs)
PACKAGES = {
    "six": ("1.17.0", "six, six.moves.urllib.parse", "six.py", "live", []),
    "filelock": ("4.3.1", "filelock", "filelock/__init__.py", FILELOCK, []),
    "typing_extensions": ("4.15.0", "typing_extensions", "typing_extensions.py", "live", []),
    "jinja2": ("3.1.6", "jinja2, jinja2.ext, jinja2.sandbox", "jinja2/__init__.py", "live", ["markupsafe==2.1.5"]),
    "idna": ("3.10", "idna, idna.codec", "idna/__init__.py", "live", []),
    "tqdm": ("4.67.1", "tqdm, tqdm.auto", "tqdm/__init__.py", "live", []),
    "prometheus_client": ("0.26.0", "prometheus_client", "prometheus_client/__init__.py", "live", []),
}

SCRIPT = """
import logging, typing, warnings, random, mimetypes, contextvars, signal
sys.path.append({root!r})
from tests.support.heap import Heap
sys.path.remove({root!r})
import {modules}
import other
install("other", "2")
midflight.upgrade("other")


def attempt(name):
    try:
        return midflight.upgrade(name), ""
    except midflight.UpgradeRefused as refused:
        return None, str(refused)


def abandon():
    heap = Heap()
    text = attempt({name!r})[1]
    return text, heap.differences()


install({name!r}, "2")
abandoned = abandon()
install({name!r}, "3")
report, text = attempt({name!r})
print(json.dumps([*abandoned, text, report.to_dict()["old_generation"] if report else []]))
"""


@pytest.mark.parametrize("name", PACKAGES)
def test_staged_abandoned_and_flipped(tmp_path, midflight, outcome, name):
    release, modules, last, expected, needs = PACKAGES[name]
    try:
        tree = read_tree(steps.fetch(f"{name}=={release}"))
        others = {need.split("==")[0]: read_tree(steps.fetch(need)) for need in needs}
    except steps.Offline as offline:
        pytest.skip(str(offline))
    trees = {}
    for other, content in {**others, name: tree}.items():
        modules_only = {path for path in content if path.endswith(".py") and ".dist-info" not in path}
        text = {path: content[path].decode() for path in modules_only}
        trees[other] = {"1": text}
    raising = {**text, last: text[last] + "\nraise ImportError('abandoned')\n"}
    trees[name].update({"2": raising, "3": {**text, last: text[last] + "\n"}})
    trees["other"] = {"1": {"other.py": "X = 1\n"}, "2": {"other.py": "X = 2\n"}}
    printed = program.run(tmp_path, trees, SCRIPT.format(root=str(program.ROOT), modules=modules, name=name))
    abandoned, differences, text, alive = program.json.loads(printed.splitlines()[-1])
    outcome("effects of packages", name, ("live" if not text else "refused") + f" | {len(alive)} alive {text[:300]}")
    assert "abandoned" in abandoned, abandoned
    assert differences == [], differences
    assert text == "" if expected == "live" else expected in text, text
    assert alive == [], alive
