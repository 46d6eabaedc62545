"""An attribute goes behind a property of its name, however short that is: the value goes with it."""

import lib


def hold():
    changed, left = lib.A(), lib.A()
    vars(changed)["v" if "v" in vars(changed) else "_v"] = 9
    return changed, left


def check(held):
    assert [instance.v for instance in held] == [9, 3]
