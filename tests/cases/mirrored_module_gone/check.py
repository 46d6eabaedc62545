"""A module that a loader of the package makes of another one, which the new version does not have: that loader says so, and the module
is gone as if it had had a file."""

import importlib
import sys

import mirror.goes
import mirror.stays

FRESH = False


def hold():
    return mirror.stays, mirror.finder


def check(held):
    stays, finder = held
    assert stays is sys.modules["mirror.stays"] and stays.words == ["stays", 2]
    assert "mirror.goes" not in sys.modules and "real.goes" not in sys.modules
    assert not hasattr(mirror, "goes") and finder is mirror.finder
    try:
        importlib.import_module("mirror.goes")
    except ImportError as error:
        assert error.args == ("mirror.goes",)
    else:
        raise AssertionError("it is there")
