"""What recording costs: the import of large packages, with and without midflight in the process."""

import contextlib
import gc
import importlib
import io
import os
import pathlib
import pkgutil
import sys
import types
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


def copy_all(kept):
    """A copy of each namespace, and of the dict of each class in one: less than what a record has to say."""
    seen = set()
    for module in list(sys.modules.values()):
        if not isinstance(module, types.ModuleType) or module.__name__.partition(".")[0] in sys.stdlib_module_names:
            continue
        namespace = vars(module)
        kept.append(namespace.copy())
        for value in namespace.values():
            if issubclass(type(value), type) and id(value) not in seen:  # (a proxy is asked for nothing)
                seen.add(id(value))
                kept.append(dict(vars(value)))


def read_all(records):
    for record in records:
        with open(record, "rb") as file:
            file.read()


def stat_all(files):
    for file in files:
        os.stat(file)


def floor(folder):
    """Seconds of this thread for the least that recording could do."""
    modules = [m for m in list(sys.modules.values()) if isinstance(m, types.ModuleType)]
    files = [m.__file__ for m in modules if (vars(m).get("__file__") or "").startswith(folder)]
    records = [str(path) for path in pathlib.Path(folder).glob("*.dist-info/RECORD")]
    kept = []
    gc.collect()
    return {
        "copies": common.clocks(copy_all, kept)[1],
        "reads": common.clocks(read_all, records)[1],
        "stats": common.clocks(stat_all, files)[1],
    }


def main(names, record, folder):
    """names: modules to import, one after the other; record: with midflight in the process."""
    if record:
        importlib.import_module("midflight")
    quiet = io.StringIO()
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        busy = os.times()
        wall, own = common.clocks(load, names)
        after = os.times()
    memory = common.memory()
    least = {} if record else floor(folder)
    beside = after.user + after.system - busy.user - busy.system - own
    common.answer(wall=wall, own=own, beside=beside, modules=len(sys.modules), memory=memory, floor=least)


if __name__ == "__main__":
    given = common.settings()
    listing(**given) if "packages" in given else main(**given)
