"""What midflight costs at the start: its own import, in a process with `packages` packages loaded, and the import of packages after it."""

import importlib
import sys

import common


def load(names):
    for name in names:
        importlib.import_module(name)


def main(names, early):
    """names: modules to load; early: midflight is imported before them, else after."""
    loads = 0.0
    if not early:
        load(names)
    size, modules = common.memory(), len(sys.modules)
    own, busy = common.clocks(importlib.import_module, "midflight")
    grown = common.memory() - size
    if early:
        _, loads = common.clocks(load, names)
    common.answer(seconds=own, busy=busy, grown=grown, modules=modules, loads=loads)


def plain(names):
    common.answer(loads=common.clocks(load, names)[1], modules=len(sys.modules))


if __name__ == "__main__":
    given = common.settings()
    plain(given["names"]) if given.pop("plain", False) else main(**given)
