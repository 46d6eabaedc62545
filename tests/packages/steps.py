"""Which releases are tried, from which to which, and where they are kept.

A *group* is upgraded as one transaction. Its releases are a list of rows, oldest first, one version per distribution; a step
goes between neighbours and between the ends, in both directions. Releases are installed once, by pip, into a directory
below the project's .build, which all runs share.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("MIDFLIGHT_PACKAGES", ROOT / ".build" / "packages"))

GROUPS = {
    "requests": (
        ["requests", "urllib3"],
        [("2.31.0", "2.2.0"), ("2.32.3", "2.2.3"), ("2.32.4", "2.4.0"), ("2.32.5", "2.5.0")],
        ["certifi==2024.8.30", "idna==3.10", "charset_normalizer==3.4.1"],
    ),
    "click": (["click"], [("8.1.6",), ("8.1.7",), ("8.1.8",), ("8.2.1",)], []),
    "jinja2": (["jinja2"], [("3.1.3",), ("3.1.4",), ("3.1.5",), ("3.1.6",)], ["markupsafe==2.1.5"]),
    "flask": (
        ["flask", "werkzeug"],
        [("3.0.2", "3.0.4"), ("3.0.3", "3.0.6"), ("3.1.0", "3.1.3"), ("3.1.1", "3.1.3")],
        ["markupsafe==2.1.5", "jinja2==3.1.6", "click==8.1.8", "itsdangerous==2.2.0", "blinker==1.9.0"],
    ),
    "attrs": (["attrs"], [("23.1.0",), ("23.2.0",), ("24.1.0",), ("24.2.0",)], []),
    "packaging": (["packaging"], [("23.1",), ("23.2",), ("24.0",), ("24.1",), ("24.2",)], []),
    "tomlkit": (["tomlkit"], [("0.12.4",), ("0.12.5",), ("0.13.0",), ("0.13.2",)], []),
    "networkx": (["networkx"], [("3.2.1",), ("3.3",), ("3.4.2",)], []),
    "rich": (
        ["rich"],
        [("13.7.0",), ("13.7.1",), ("13.8.1",), ("13.9.4",)],
        ["markdown-it-py==3.0.0", "mdurl==0.1.2", "pygments==2.18.0"],
    ),
}

# Modules that one of the releases cannot import without a distribution that is not there.
LEFT_OUT = {"requests": ("urllib3.http2",)}

# Samples that use the package before it is upgraded, and thereby change its state.
USED = ("jinja2_used", "attrs_used", "networkx_used")

# What may not be refused.
MUST_BE_LIVE = {("requests", "2.31.0", "2.32.5")}


class Offline(Exception):
    """A release is not there and cannot be fetched."""


def steps():
    """(group, row from, row to) for every step, neighbours first, then the ends."""
    for group, (_, rows, _) in GROUPS.items():
        pairs = list(zip(rows, rows[1:], strict=False))
        if len(rows) > 2:
            pairs.append((rows[0], rows[-1]))
        for old, new in pairs:
            yield group, old, new
            yield group, new, old


def label(group, old, new):
    """ "As in "requests 2.31.0 -> 2.32.5, urllib3 ..." for tables."""
    names = GROUPS[group][0]
    return ", ".join(f"{name} {a} -> {b}" for name, a, b in zip(names, old, new, strict=True) if a != b)


def must_be_live(group, old, new):
    return (group, old[0], new[0]) in MUST_BE_LIVE


def fetch(requirement):
    """The directory that holds one release as pip leaves it; raises Offline."""
    target = CACHE / f"{sys.implementation.cache_tag}-{requirement.replace('==', '-')}"
    if target.is_dir():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        work = pathlib.Path(work) / "release"
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--no-compile",
                "--target",
                str(work),
                requirement,
            ],
            capture_output=True,
            text=True,
            timeout=600,
        )
        if done.returncode != 0:
            raise Offline(f"pip could not install {requirement}: {done.stderr.strip().splitlines()[-1:]}")
        try:
            work.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    return target
