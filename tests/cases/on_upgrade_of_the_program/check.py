"""Functions of the program are called before the flip with both versions in view, and after it."""

import lib

import midflight

FRESH = False
calls = []


@midflight.on_upgrade("on_upgrade_of_the_program")
def before(change):
    assert lib.VALUE == 1 and lib.f() == 1
    assert change.old["lib"] is lib and change.old["lib"].f() == 1
    assert change.new["lib"].f() == 2
    change.new["lib"].LIMIT = 99
    calls.append((change.distribution, change.old_version, change.new_version, "before"))


@midflight.on_upgrade("on-upgrade-of-the-program", when="after")
def after(change):
    assert lib.f() == 2 and change.new["lib"] is lib
    calls.append((change.distribution, change.old_version, change.new_version, "after"))


@midflight.on_upgrade("something-else")
def other(change):
    raise AssertionError("not this one")


def run(upgrade):
    upgrade()
    name = "on-upgrade-of-the-program"
    assert [(call[0].replace("_", "-"), *call[1:]) for call in calls] == [
        (name, "1", "2", "before"),
        (name, "1", "2", "after"),
    ]
    assert lib.f() == 2 and lib.LIMIT == 99
