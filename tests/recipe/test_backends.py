"""`pip install -e` by build backends other than setuptools: each finds the code of a source tree in its own way.

A tree is edited; then the project is installed again from another folder in another version, and once more in the same version.
"""

import os
import subprocess
import sys

import pytest

from tests.packages import steps
from tests.support import process
from tests.support.disk import write

# release of the backend, what it needs besides, build-backend, its part of pyproject.toml, and what is in the site directory
BACKENDS = {
    "hatchling": (["hatchling==1.27.0"], "hatchling.build", '[tool.hatch.build.targets.wheel]\npackages = ["src/thing"]'),
    "hatchling, exact": (
        ["hatchling==1.27.0"],
        "hatchling.build",
        '[tool.hatch.build]\ndev-mode-exact = true\n[tool.hatch.build.targets.wheel]\npackages = ["src/thing"]',
    ),
    "pdm-backend": (["pdm-backend==2.4.4"], "pdm.backend", ""),
    "pdm-backend, editables": (["pdm-backend==2.4.4"], "pdm.backend", '[tool.pdm.build]\neditable-backend = "editables"'),
    "flit-core": (["flit-core==3.12.0"], "flit_core.buildapi", ""),
    "poetry-core": (["poetry-core==2.1.3"], "poetry.core.masonry.api", ""),
    "scikit-build-core": (
        ["scikit-build-core==0.11.5"],
        "scikit_build_core.build",
        "[tool.scikit-build]\nwheel.cmake = false",
    ),
    "meson-python": (["meson-python==0.18.0", "meson==1.8.3", "ninja==1.11.1.4", "pyproject-metadata==0.9.1"], "mesonpy", ""),
}  # fmt: skip
NEEDED = ["packaging==25.0", "pathspec==0.12.1", "pluggy==1.6.0", "trove-classifiers==2025.5.9.12", "editables==0.5"]
FOLLOWED = [name for name in BACKENDS if name not in ("meson-python", "scikit-build-core")]

PROJECT = """[build-system]
requires = []
build-backend = "{backend}"
[project]
name = "thing"
version = "{version}"
description = "a thing"
{more}
"""
MESON = """project('thing', version: '{version}')
python = import('python').find_installation(pure: true)
python.install_sources(['src/thing/__init__.py', 'src/thing/inner.py', 'src/thing/late.py'], subdir: 'thing')
"""


def fetched(*requirements):
    try:
        return [str(steps.fetch(requirement)) for requirement in requirements]
    except steps.Offline as error:
        pytest.skip(str(error))


class Project:
    """A project of that backend, and `pip install -e` of it into an environment."""

    def __init__(self, place, tmp_path, name):
        self.place, self.tmp_path, self.source = place, tmp_path, None
        self.releases, self.backend, self.more = BACKENDS[name]
        self.path = fetched(*self.releases, *NEEDED)
        (place.site / "editables.pth").write_text(self.path[-1] + "\n")  # its finder needs that when the program runs

    def write(self, number):
        files = {
            "__init__.py": "from .inner import answer\n",
            "inner.py": f"def answer():\n    return {number}\n",
            "late.py": f"N = {number}\n",
        }
        for name, text in files.items():
            path = self.source / "src/thing" / name
            write(path, text)
            age = 100 - 10 * number  # CPython tells compiled files that are stale by whole seconds
            os.utime(path, (path.stat().st_mtime - age,) * 2)

    def install(self, number, version):
        self.source = self.tmp_path / f"source-{number}"
        self.write(number)
        write(self.source / "pyproject.toml", PROJECT.format(backend=self.backend, version=version, more=self.more))
        write(self.source / "meson.build", MESON.format(version=version))
        aside = self.place.folder / "aside"
        (self.place.site / "a_tests_own.pth").rename(aside)
        env = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "PYTHONMALLOC")}
        env["PYTHONPATH"] = os.pathsep.join(self.path)
        env["PATH"] = os.pathsep.join([f"{folder}/bin" for folder in self.path] + [env["PATH"]])
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            self.place.python,
            "install",
            "-q",
            "--no-index",
            "--no-deps",
        ]
        done = subprocess.run(
            [*command, "--no-build-isolation", "--disable-pip-version-check", "--force-reinstall", "-e", str(self.source)],
            cwd=self.place.folder / "empty", env=env, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        aside.rename(self.place.site / "a_tests_own.pth")
        assert done.returncode == 0, done.stdout + done.stderr


APPLICATION = """
import importlib
import thing


def state(held):
    sys.modules.pop("thing.late", None)
    return [held(), thing.answer(), importlib.import_module("thing.late").N, thing.__file__, len(sys.meta_path)]


def main(upgrade, result):
    import midflight

    held = thing.answer
    result["seen"] = [state(held)]
    for step in STEPS[:3]:
        install(step)
        midflight.upgrade("thing")
        result["seen"].append(state(held))
"""


@pytest.mark.parametrize("name", FOLLOWED)
def test_edited_and_moved(place, tmp_path, midflight, name):
    """What is held follows each time, late imports too, and the old tree is not asked any more."""
    project = Project(place, tmp_path, name)

    def install(step):
        if step == "first":
            project.write(2)
        else:
            project.install(*{"second": (3, "2.0"), "now": (4, "2.0")}[step])

    project.install(1, "1.0")
    result = place.run(tmp_path, APPLICATION, install, timeout=4 * process.TIMEOUT)
    folders = [tmp_path / f"source-{n}/src/thing/__init__.py" for n in (1, 1, 3, 4)]
    finders = result["seen"][0][4]
    assert result["seen"] == [[n, n, n, str(file), finders] for n, file in enumerate(folders, 1)]


REFUSED = """
import time
import thing


def main(upgrade, result):
    import midflight

    result["reasons"], result["answers"] = [], []
    for step in STEPS[:2]:
        install(step)
        try:
            midflight.upgrade("thing")
        except midflight.UpgradeRefused as refusal:
            result["reasons"] += [[reason.code, reason.distribution, reason.cause] for reason in refusal.reasons]
        result["answers"].append(thing.answer())
    end = time.monotonic() + 30
    while any(row.state == "waiting" for row in midflight.changes()) and time.monotonic() < end:
        time.sleep(0.01)  # what pip has just written is young
    result["changes"] = [[row.name, row.state, row.cause] for row in midflight.changes()]
"""


def refused(place, tmp_path, name):
    """The tree edited, and then installed again from another folder."""
    project = Project(place, tmp_path, name)

    def install(step):
        if step == "first":
            project.write(2)
        else:
            project.install(3, "2.0")

    project.install(1, "1.0")
    return place.run(tmp_path, REFUSED, install, timeout=4 * process.TIMEOUT)


def test_meson_is_refused(place, tmp_path, midflight):
    """Its loader runs the build when it is asked: nothing on disk says which files are of the project."""
    result = refused(place, tmp_path, "meson-python")
    assert [reason[:2] for reason in result["reasons"]] == [["editable-finder", "thing"]] * 2
    assert "has no table" in result["reasons"][0][2]
    assert result["answers"] == [1, 1] and result["changes"][0][:2] == ["thing", "broken"], result["changes"]


def test_scikit_build_core(place, tmp_path, midflight):
    """Its finder is an object that has the table: that of before would go on finding the old tree."""
    result = refused(place, tmp_path, "scikit-build-core")
    assert [reason[:2] for reason in result["reasons"]] == [["editable-finder", "thing"]]
    assert "has changed" in result["reasons"][0][2]
    assert result["answers"] == [2, 2] and result["changes"][0][:2] == ["thing", "ready"], result["changes"]
