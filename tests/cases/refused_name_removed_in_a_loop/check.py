"""A call that waits for the upgrade comes back to what the new version removed, because there is a loop around it."""

import lib

EXPECT = "refused:name-removed"


def step(upgrade, number):
    assert lib.gone() == 1
    assert upgrade() is None or number


def run(upgrade):
    for number in range(2):
        if number == 0:
            step(upgrade, number)
        else:
            step(lambda: None, number)
    assert lib.f(1, 2) == 1
