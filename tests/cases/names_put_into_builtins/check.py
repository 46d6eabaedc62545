"""What an import puts into builtins, and a lambda that it sets as a hook: done once, at the flip, and nobody is left who holds what stood
there before, midflight's own notes included."""

import builtins

import lib


def hold():
    return lib.named


def check(held, report=None):
    assert builtins.lib_version() == builtins.lib_named() == breakpoint() == held() == "v2"
    assert builtins.lib_named is lib.named is held
    assert report is None or not report.old_generation, report.old_generation
