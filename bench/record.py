"""What recording costs: the import of large packages, with and without midflight in the process."""

import contextlib
import importlib
import io
import os
import pkgutil
import sys
import warnings

import common

# Not imported: programs, tests, what asks for a terminal or a display, what changes the process for good.
LEFT_OUT = ("__main__", "tests", "test", "testing", "conftest", "gui", "tk", "idle", "pyximport", "_pyinstaller")


def load(names):
    """Imports them; those that failed, with what they need or cannot have here."""
    failed = []
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException:
            failed.append(name)
    return failed


def modules_of(package):
    """The names of a package's modules, in the order of their folders; imports the packages among them."""
    yield package
    module = sys.modules.get(package)
    for found in pkgutil.iter_modules(getattr(module, "__path__", None) or []):
        if not found.name.startswith("test_") and found.name not in LEFT_OUT:
            name = f"{package}.{found.name}"
            if load([name]):
                continue
            yield from modules_of(name) if found.ispkg else [name]


def listing(packages):
    """All that can be imported here of these packages."""
    warnings.simplefilter("ignore")
    common.answer(names=[name for package in packages if not load([package]) for name in modules_of(package)])


def main(names, record):
    """names: modules to import, one after the other; record: with midflight in the process."""
    if record:
        importlib.import_module("midflight")
    quiet = io.StringIO()
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        busy = os.times()
        wall, own = common.clocks(load, names)
        after = os.times()
    beside = after.user + after.system - busy.user - busy.system - own
    common.answer(wall=wall, own=own, beside=beside, modules=len(sys.modules), memory=common.memory())


if __name__ == "__main__":
    given = common.settings()
    listing(**given) if "packages" in given else main(**given)
