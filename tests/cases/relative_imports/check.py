"""Subpackages that import each other relatively; every way to the same module leads to the same one."""

import sys

import lib.core.engine as engine
from lib.core import run as start
from lib.util import text


def hold():
    return start, text, engine


def check(held):
    assert start() == ("two", "two", 2) and held == (start, text, engine)
    import lib

    assert lib.core.engine is engine is lib.engine is sys.modules["lib.core.engine"] and lib.util.text is text
    assert (
        engine.loud is text.shout and start.__globals__ is engine.__dict__ and engine.__spec__.name == "lib.core.engine"
    )
    assert text.__spec__.loader.get_source("lib.util.text").endswith("2)\n")
