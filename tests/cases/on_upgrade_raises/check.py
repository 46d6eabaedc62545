"""A function of the program refuses the upgrade by raising."""

import lib

import midflight

EXPECT = "refused:hook-failed"


@midflight.on_upgrade("on_upgrade_raises")
def no(change):
    change.new["lib"].VALUE = 3
    raise RuntimeError("not on a Friday")


def run(upgrade):
    assert upgrade() is None
    assert lib.VALUE == 1
