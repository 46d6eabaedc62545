"""Reads the conformance file, which is no part of this project, and puts its two versions on disk.

The file is named by MIDFLIGHT_CONFORMANCE; by default it stands beside the project. Its extension modules are built from the
sources beside it into a directory of the caller, so that reading it again with CONFORMANCE_EXT set yields those cases too.
"""

import os
import pathlib
import runpy
import shlex
import shutil
import subprocess
import sysconfig

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = pathlib.Path(os.environ.get("MIDFLIGHT_CONFORMANCE", ROOT.parent / "shared" / "conformance" / "cases.py"))
MISSING = None if FILE.is_file() else "no conformance file; MIDFLIGHT_CONFORMANCE names one"

# What later work makes live; until then each may be refused, cleanly.
MAY_REFUSE = (
    "14",
    "70",
    "71",
    "72",
)
# A thread of the library runs on for the whole process.
ENDLESS = ("36",)
# Version 2 cannot be imported: refused for ever.
MUST_REFUSE = ("45", "46")


def compiler():
    """The C compiler's command as a list, or None."""
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    for candidate in (command, ["cc"], ["gcc"]):
        if candidate and shutil.which(candidate[0]):
            return [shutil.which(candidate[0])]
    return None


def build_extensions(target):
    """Builds s1.so s2.so m1.so m2.so; returns None or why not."""
    command = compiler()
    sources = FILE.parent / "ext"
    if command is None or not sources.is_dir():
        return "no C compiler" if command is None else "no extension sources beside the conformance file"
    include = sysconfig.get_path("include")
    if not (pathlib.Path(include) / "Python.h").is_file():
        return "no headers of this interpreter"
    for source in ("s", "m"):
        for version in ("1", "2"):
            subprocess.run(
                [
                    *command,
                    "-shared",
                    "-fPIC",
                    "-O1",
                    f"-DV={version}",
                    f"-I{include}",
                    str(sources / f"{source}.c"),
                    "-o",
                    str(pathlib.Path(target) / f"{source}{version}.so"),
                ],
                check=True,
                timeout=120,
            )
    return None


def names():
    """The scenarios' names, those of the extension cases included (they are known without building anything)."""
    return sorted(_load("ext"))


def _load(extensions):
    before = os.environ.get("CONFORMANCE_EXT")
    os.environ["CONFORMANCE_EXT"] = str(extensions)
    try:
        return runpy.run_path(str(FILE))["CASES"]
    finally:
        if before is None:
            del os.environ["CONFORMANCE_EXT"]
        else:
            os.environ["CONFORMANCE_EXT"] = before


def load(extensions):
    """name -> scenario, with the built extensions in directory `extensions`."""
    return _load(extensions)


def tree(files):
    """A tree for support.install: the scenario's files, ('copy', path) resolved."""
    return {name: pathlib.Path(value[1]) if isinstance(value, tuple) else value for name, value in files.items()}
