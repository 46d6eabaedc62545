"""One statement adds more attributes than a machine word has bits, also to instances that get new objects."""

import lib


def hold():
    return lib.Plain(1), lib.Slotted(2)


def check(held):
    for n, instance in enumerate(held, 1):
        assert instance.ends() == (n, 0, 63, 64, 69)
