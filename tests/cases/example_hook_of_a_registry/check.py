"""docs/hooks.md, the fourth example: a registry that takes a name only once, and what stands in for it while a version is staged."""

import commands
import lib


def hold():
    return commands.COMMANDS.known["show"]


def check(held):
    known = commands.COMMANDS.known
    assert list(known) == ["show", "copy"] and held is known["show"] is lib.show and known["copy"] is lib.copy
    assert held() == "shown by 2" and known["copy"]() == "copied by 2"
    try:
        commands.COMMANDS.add("copy", lib.copy)
    except ValueError:
        return
    raise AssertionError("taken twice")
