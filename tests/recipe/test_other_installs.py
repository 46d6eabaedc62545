"""upgrade() of what is no wheel of files beside it: editable installs, egg-links, .egg-info, single files, packages of the system."""

import json

import pytest

from tests.support.disk import row, write
from tests.support.install import Site

APPLICATION = """
import thing


def main(upgrade, result):
    import midflight

    held = thing.answer
    result["before"] = [(e.name, e.loaded, e.stale) for e in midflight.status() if e.name == "thing"]
    install("now")
    result["between"] = [(e.name, e.stale) for e in midflight.status() if e.name == "thing"]
    report = midflight.upgrade("thing")
    result["after"] = [held(), held is thing.answer, [tuple(c) for c in report.upgraded]]
    result["again"] = [tuple(c) for c in midflight.upgrade("thing").upgraded]
"""

HEADER = "Metadata-Version: 2.1\nName: thing\nVersion: {}\n"


def code(n):
    return f"def answer():\n    return {n} * 1111\n"


def editable(place, tree, extra):
    Site(place.site).install("thing", "1.0", extra)
    info = place.site / "thing-1.0.dist-info"
    direct = json.dumps({"dir_info": {"editable": True}, "url": f"file://{tree}"}).encode()
    write(info / "direct_url.json", direct)
    with open(info / "RECORD", "a") as record:
        record.write(row(f"{info.name}/direct_url.json", direct))


def by_path(place, tree):
    write(tree / "thing.py", code(1))
    editable(place, tree, {"_thing.pth": f"{tree}\n"})
    return lambda: write(tree / "thing.py", code(2))


FINDER = """
import sys
from importlib.machinery import PathFinder

MAPPING: dict[str, str] = {{'thing': {path!r}}}


class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in MAPPING:
            return PathFinder.find_spec(name, [MAPPING[name].rpartition('/')[0]])


def install():
    sys.meta_path.append(Finder)
"""


def by_finder(place, tree):
    write(tree / "thing/__init__.py", "from .inner import answer\n")
    write(tree / "thing/inner.py", code(1))
    pth = "import __editable___thing_1_0_finder; __editable___thing_1_0_finder.install()\n"
    finder = FINDER.format(path=str(tree / "thing"))
    editable(place, tree, {"__editable__.thing-1.0.pth": pth, "__editable___thing_1_0_finder.py": finder})
    return lambda: write(tree / "thing/inner.py", code(2))


def by_link(place, tree):
    write(tree / "thing.egg-info/PKG-INFO", HEADER.format("1.0"))
    write(tree / "thing.egg-info/top_level.txt", "thing\n")
    write(tree / "thing.py", code(1))
    write(place.site / "thing.egg-link", f"{tree}\n.")
    write(place.pth, f"{tree}\n")
    return lambda: write(tree / "thing.py", code(2))


def egg_info(place, tree):
    def version(n):
        for old in place.site.glob("thing-*.egg-info"):
            (old / "PKG-INFO").unlink()
            (old / "installed-files.txt").unlink()
            old.rmdir()
        write(place.site / "thing.py", code(n))
        info = place.site / f"thing-{n}.0.egg-info"
        write(info / "PKG-INFO", HEADER.format(f"{n}.0"))
        write(info / "installed-files.txt", "../thing.py\nPKG-INFO\n")

    version(1)
    return lambda: version(2)


def single_file(place, tree):
    site = Site(place.site)
    site.install("thing", "1.0", {"thing.py": code(1)})
    return lambda: site.upgrade("thing", "2.0", {"thing.py": code(2)})


@pytest.mark.parametrize("kind", [by_path, by_finder, by_link, egg_info, single_file])
def test_upgrade(place, tmp_path, midflight, kind):
    change = kind(place, tmp_path / "tree")
    result = place.run(tmp_path, APPLICATION, lambda step: change())
    assert result["before"] == [["thing", "1.0", False]]
    assert result["between"] == [["thing", True]]
    new = "2.0" if kind in (egg_info, single_file) else "1.0"
    assert result["after"] == [2222, True, [["thing", "1.0", new]]]
    assert result["again"] == []
