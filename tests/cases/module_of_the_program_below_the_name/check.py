"""The program put a module of its own into sys.modules below the package's name: it is no part of the release, and stays."""

import sys
import types

import lib.a

FRESH = False


def hold():
    plugin = types.ModuleType("lib.plugin")
    exec("def f(): return 5", plugin.__dict__)
    plugin.seen = [lib.a]
    sys.modules["lib.plugin"] = lib.plugin = plugin
    return plugin


def check(held):
    import lib.plugin

    assert lib.plugin is held is sys.modules["lib.plugin"]
    assert held.f() == 5 and held.seen == [lib.a] and lib.a.x == 2
