"""A lazy import that has put the module into its own place is no change by the program: the name goes with the release. What the
program itself takes out of an object of the package stays."""

import json
import types

import lib


def hold():
    if hasattr(lib, "csv"):
        assert not isinstance(lib.csv, types.ModuleType)
    assert lib.names() in ([1], [2])
    lib.quick = lib.quick.inner
    return lib.slow


def check(slow):
    assert not hasattr(lib, "csv"), lib.csv
    assert lib.names() == [2] and lib.json is json
    assert lib.quick is len and slow.inner in (sum, sorted)
