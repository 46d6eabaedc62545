"""Which packages are tried, from which release to which, and where releases are kept.

packages.toml lists the packages, releases.toml pins their steps; samples/ has a program for each. A release is installed once,
by pip, into a directory below the project's .build, which all runs share.
"""

import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("MIDFLIGHT_PACKAGES", ROOT / ".build" / "packages"))


def _load(name):
    path = HERE / name
    return tomllib.loads(path.read_text()) if path.exists() else {}


RANKED = 130  # packages down to this place are there by the rule of packages.toml; those below were picked
PACKAGES = _load("packages.toml")
RELEASES = _load("releases.toml")


class Offline(Exception):
    """A release is not there and cannot be fetched."""


@dataclasses.dataclass(frozen=True)
class Step:
    """A package, from one release to another. `kind` is that of the newer release; `forward` says which way it goes."""

    package: str
    old: str
    new: str
    kind: str
    forward: bool

    def __str__(self):
        return f"{self.package} {self.old} -> {self.new}"

    def versions(self, which):
        """distribution -> version of all that is upgraded, "old" or "new"."""
        version = getattr(self, which)
        return dict.fromkeys([self.package, *PACKAGES[self.package].get("with", ())], version)


def steps(package=None):
    """Every step, both directions, in the order of the files."""
    for name, pins in RELEASES.items():
        if package in (None, name):
            for old, new, kind in pins:
                yield Step(name, old, new, kind, True)
                yield Step(name, new, old, kind, False)


def newest(package):
    """Requirements of the newest release of a package that is tried, and of what it needs."""
    version = RELEASES[package][0][1]
    names = [package, *PACKAGES[package].get("with", ())]
    return [f"{name}=={version}" for name in names] + list(PACKAGES[package].get("beside", ()))


def few():
    """The steps that `make test` makes: for each package but the slow ones the latest release there is, its minor or patch one in
    turns, every other one backwards."""
    for i, name in enumerate(name for name in RELEASES if not PACKAGES[name].get("rarely")):
        own = [step for step in steps(name) if step.forward == bool(i % 4)]
        wanted = [step for step in own if step.kind == ("minor", "patch")[i % 2]] or own
        yield wanted[0]


def fetch(requirement):
    """The directory that holds one release as pip leaves it; raises Offline."""
    target = CACHE / f"{sys.implementation.cache_tag}-{requirement.replace('==', '-')}"
    if target.is_dir():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-compile",
    ]
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        work = pathlib.Path(work) / "release"
        done = subprocess.run([*pip, "--target", str(work), requirement], capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise Offline(f"pip could not install {requirement}: {done.stderr.strip().splitlines()[-1:]}")
        if not any(work.glob("*.dist-info")):
            raise Offline(f"this pip runs the setup.py of {requirement}, which leaves no .dist-info")
        try:
            work.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    return target
