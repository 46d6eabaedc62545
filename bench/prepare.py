"""What the benchmarks need on disk, under .build/bench: releases of real packages, and packages made up."""

import pathlib
import shutil
import subprocess
import sys

import midflight
from midflight import _engine

CACHE = pathlib.Path(__file__).resolve().parent.parent / ".build" / "bench"

HELD = """\
VERSION = {version}


class Item:
    def __init__(self, number):
        self.number, self.name, self.next, self.left, self.right = number, "name", None, number + 1, number + 2

    def total(self):
        return self.number + {version}
"""

PART = """\
LIMIT = {number}


def f0(a, b=1):
    return a + b + LIMIT


def f1(*items, **names):
    return [item for item in items if item in names]


class Thing:
    size = LIMIT

    def __init__(self, name):
        self.name = name

    def grow(self, by):
        self.size += by
        return self

    @property
    def title(self):
        return self.name.title()
"""


class Missing(Exception):
    """pip cannot install this; the text says why."""


def tag():
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def fetch(folder, *requirements):
    """The folder with these requirements in it, installed by pip the first time."""
    target = CACHE / tag() / folder
    if target.exists():
        return target
    begun = target.with_name(folder + ".begun")
    shutil.rmtree(begun, ignore_errors=True)
    command = [sys.executable, "-W", "ignore", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    done = subprocess.run([*command, "--target", begun, *requirements], capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line] or ["pip failed"]
        raise Missing(f"{' '.join(requirements)}: {lines[-1]}")
    begun.rename(target)
    return target


def make(folder, name, version, files):
    """A release made up: its files, and the .dist-info that pip would leave."""
    info = folder / f"{name}-{version}.dist-info"
    texts = {f"{name}/{path}": text for path, text in files.items()}
    texts[f"{info.name}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    texts[f"{info.name}/INSTALLER"] = "pip\n"
    texts[f"{info.name}/RECORD"] = "".join(f"{path},,\n" for path in [*texts, f"{info.name}/RECORD"])
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def environment():
    """The interpreter of an environment with nothing in it."""
    folder = CACHE / tag() / "env"
    if not folder.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def link_midflight():
    """A folder with midflight and nothing else of the environment that runs this."""
    folder = CACHE / tag() / "lib"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "midflight").mkdir(parents=True)
    for source in [*pathlib.Path(midflight.__file__).parent.glob("*.py"), pathlib.Path(_engine.__file__)]:
        (folder / "midflight" / source.name).symlink_to(source)
    return folder


def made_up(packages, parts):
    """(folder, names of modules): so many packages of so many modules each."""
    folder = CACHE / tag() / f"made-up-{packages}-{parts}"
    names = [f"made{i:03}" for i in range(packages)]
    if not folder.exists():
        for name in names:
            files = {f"part{j}.py": PART.format(number=j) for j in range(parts)}
            imports = "".join(f"from {name} import part{j}\n" for j in range(parts))
            make(folder, name, "1.0", {"__init__.py": imports, **files})
    return folder, names


SLOTS = '__slots__ = ("right", "left", "next", "name", "number")\n'


def held(changed=False):
    """Two releases of a package of one class; the path of a release with {} for its number. Changed: one has __slots__."""
    name = "slotted" if changed else "held"
    for version in (2, 3):
        folder = CACHE / tag() / f"{name}-{version}"
        shutil.rmtree(folder, ignore_errors=True)
        text = HELD.format(version=version)
        if changed and version == 3:
            text = text.replace("class Item:\n", f"class Item:\n    {SLOTS}\n")
        make(folder, "held", f"{version}.0", {"__init__.py": text})
    return str(CACHE / tag() / (name + "-{}"))
