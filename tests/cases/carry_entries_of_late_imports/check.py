"""Modules of the package that are loaded one after the other register themselves. What they put into the table is the release's,
also when more modules are loaded after them: entries that the new version does not make go."""

import importlib

import lib

for name in ("plugin", "other", "another"):
    importlib.import_module(f"lib.{name}")


def hold():
    lib.register("mine", "kept")
    return lib.REGISTRY


def check(registry):
    assert registry is lib.REGISTRY, "the table that the program has filled stays"
    assert registry == {"dash": lib.plugin.Plugin, "another": 2, "mine": "kept"}, registry
    assert lib.plugin.Plugin.version == 2 and sorted(lib.NAMES) == ["another", "dash", "mine"], lib.NAMES
