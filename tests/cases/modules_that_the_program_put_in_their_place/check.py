"""A program has put fakes into sys.modules, in the place of modules of the package that it does not want loaded, and more below the
package's name: they stay, and the new version finds them. What a module puts there itself is the release's."""

import sys
import types
from unittest import mock

FRESH = False

fake = types.ModuleType("lib.heavy")
fake.run = lambda: "fake"
sys.modules["lib.heavy"] = fake

import lib
import lib.own


class Module(types.ModuleType):
    pass


def hold():
    sys.modules["lib.late"] = mock.Mock(run=lambda: "mock")
    sys.modules["lib.more"] = Module("lib.more")
    sys.modules["lib.plain"] = lib.plain = types.SimpleNamespace(x=1)
    assert lib.use() == ("fake", "mock") and lib.own is sys.modules["lib.own"]
    return {name: sys.modules[f"lib.{name}"] for name in ("heavy", "late", "more", "plain", "own")}


def check(held):
    for name, entry in held.items():
        assert sys.modules[f"lib.{name}"] is entry, name
    assert held["heavy"] is fake is lib.heavy and held["plain"] is lib.plain
    assert lib.use() == ("fake", "mock") and held["own"].name() == "v2" and lib.VERSION == 2
