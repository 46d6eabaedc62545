"""Real `pip install -e`, again and again: the source tree moves, the version changes, the kind of install changes."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.packages import steps
from tests.support import process
from tests.support.disk import write

SETUPTOOLS = "80.9.0"  # of today: it makes wheels by itself, and editable installs by a path or by a finder

PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "thing"
version = "{version}"
[tool.setuptools]
{layout}
"""
FLAT = "packages = {packages}"
SOURCE = '[tool.setuptools.packages.find]\nwhere = ["src"]'


def project(folder, number, version, *, layout="finder"):
    """A source tree. Its first package has modules that nobody imports early; from the second on there is one more package."""
    top = folder / "src" if layout == "path" else folder
    packages = ["thing", "thing.deep"] + (["thing_more"] if number > 1 else [])
    if layout == "namespace":
        packages = ["thing", "thing.deep", "spaces.one"]
        write(top / "spaces/one/__init__.py", f"N = {number}\n")
    write(folder / "pyproject.toml", PROJECT.format(
        version=version, layout=SOURCE if layout == "path" else FLAT.format(packages=packages)
    ))  # fmt: skip
    write(top / "thing/__init__.py", "from .inner import answer\n")
    write(top / "thing/inner.py", f"def answer():\n    return {number}\n")
    write(top / "thing/deep/__init__.py", "")
    write(top / "thing/deep/late.py", f"N = {number}\n")
    write(top / ("thing/gone.py" if number == 1 else "thing/fresh.py"), f"N = {number}\n")
    if "thing_more" in packages:
        write(top / "thing_more/__init__.py", f"N = {number}\n")


@pytest.fixture(scope="session")
def setuptools():
    try:
        return steps.fetch(f"setuptools=={SETUPTOOLS}")
    except steps.Offline as error:
        pytest.skip(str(error))


@pytest.fixture
def pip(place, setuptools):
    def install(*words):
        (place.site / "a_tests_own.pth").rename(place.folder / "aside")  # the tests' setuptools is older
        env = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "PYTHONMALLOC")}
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            place.python,
            "install",
            "-q",
            "--disable-pip-version-check",
        ]
        done = subprocess.run(
            [*command, "--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall", *words],
            cwd=place.folder / "empty", env=env | {"PYTHONPATH": str(setuptools)}, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        (place.folder / "aside").rename(place.site / "a_tests_own.pth")
        assert done.returncode == 0, done.stdout + done.stderr

    return install


APPLICATION = """
import importlib
import thing


def finders():
    return [[f.__module__, sorted(sys.modules[f.__module__].MAPPING.items())] for f in sys.meta_path if hasattr(f, "__module__") and "__editable__" in f.__module__]


def main(upgrade, result):
    import midflight

    held = thing.answer
    result["before"] = [held(), finders()]
    result["seen"] = []
    for step in STEPS[: COUNT]:
        install(step)
        report = midflight.upgrade("thing")
        sys.modules.pop("thing.deep.late", None)
        late = importlib.import_module("thing.deep.late")
        more = []
        for name in ("thing_more", "thing.gone", "thing.fresh", "spaces.one"):
            sys.modules.pop(name, None)
            try:
                more.append(importlib.import_module(name).N)
            except ImportError:
                more.append(None)
        names = [name for name in sys.modules if "__editable__" in name]
        lines = midflight.refresh_path(run_imports=True).import_lines
        result["seen"].append([held(), held is thing.answer, late.N, more, thing.__file__, finders(), names, [str(entry) for entry in sys.path if "__editable__" in str(entry)], [str(h) for h in sys.path_hooks if "ditable" in str(h)], len(lines)])
"""
FRESH = """
import sys, json, thing
f = [[f.__module__, sorted(sys.modules[f.__module__].MAPPING.items())] for f in sys.meta_path if hasattr(f, "__module__") and "__editable__" in f.__module__]
print(json.dumps([thing.answer(), thing.__file__, f, [p for p in sys.path if "__editable__" in p]]))
"""


def run(place, tmp_path, pip, moves, **options):
    """Each move: (number, version, layout); layout None is an ordinary install. The source is in another folder each time."""

    def install(step):
        index = ("first", "second", "now", "later").index(step) + 1
        put(index)
        fresh.append(json.loads(place.fresh(FRESH, tmp_path)))

    def put(index):
        number, version, layout = moves[index]
        source = tmp_path / f"source-{index}"
        project(source, number, version, layout=layout or "finder")
        pip(*(["-e"] if layout else []), str(source))
        for old in range(index):
            shutil.rmtree(tmp_path / f"source-{old}", ignore_errors=True)

    fresh = []
    put(0)
    application = APPLICATION.replace("COUNT", str(len(moves) - 1))
    result = place.run(tmp_path, application, install, timeout=4 * process.TIMEOUT, **options)
    return result, fresh


@pytest.mark.parametrize(
    "moves",
    [
        [(1, "1.0", "finder"), (2, "1.0", "finder"), (3, "1.0", "finder")],
        [(1, "1.0", "finder"), (2, "2.0", "finder"), (3, "1.0", "finder")],
        [(1, "1.0", "path"), (2, "1.0", "path"), (3, "2.0", "finder")],
        [(1, "1.0", "finder"), (2, "2.0", None), (3, "3.0", "finder"), (4, "3.0", "path")],
        [(1, "1.0", "namespace"), (2, "1.0", "namespace"), (3, "2.0", "namespace"), (4, "2.0", "finder")],
    ],
    ids=["moved", "version", "path", "kinds", "namespaces"],
)
def test_installed_again(place, tmp_path, midflight, pip, moves):
    """What is held follows, and each import afterwards finds what a fresh interpreter finds: no finder of before is left."""
    result, fresh = run(place, tmp_path, pip, moves)
    assert result["before"][0] == 1
    for (number, _, layout), seen, now in zip(moves[1:], result["seen"], fresh, strict=True):
        held, same, late, more, file, finders, names, places, hooks, lines = seen
        spaced = number if layout == "namespace" else None
        assert (held, same, late) == (number, True, number)
        assert more == [None if spaced else number, None, number, spaced]
        assert [held, file, finders, places] == now, "as in a fresh interpreter"
        assert len(names) == len(finders) and len(hooks) == len(places) and lines == 0


BACK = """
import importlib
import thing


def finders():
    return [f.__module__ for f in sys.meta_path if hasattr(f, "__module__") and "__editable__" in f.__module__]


def main(upgrade, result):
    import midflight

    held = thing.answer
    install("now")
    midflight.upgrade("thing", keep=60)
    result["forward"] = [held(), finders(), importlib.import_module("thing_more").N]
    sys.modules.pop("thing_more")
    midflight.rollback()
    try:
        importlib.import_module("thing_more")
        more = True
    except ImportError:
        more = False
    result["back"] = [held(), finders(), more, importlib.import_module("thing.gone").N]
"""


def test_rolled_back(place, tmp_path, midflight, pip):
    """The finder of before is there again, and the newer one gone."""

    def put(index):
        project(tmp_path / f"source-{index}", index, f"{index}.0")
        pip("-e", str(tmp_path / f"source-{index}"))

    put(1)
    result = place.run(tmp_path, BACK, lambda step: put(2), timeout=4 * process.TIMEOUT)
    assert result["forward"] == [2, ["__editable___thing_2_0_finder"], 2]
    assert result["back"] == [1, ["__editable___thing_1_0_finder"], False, 1]
