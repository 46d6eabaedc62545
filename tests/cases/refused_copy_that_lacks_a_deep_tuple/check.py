"""A copy of a table lacks an entry whose tuples lie deeper in each other than C code can follow."""

import lib

EXPECT = "refused:attributes-added"


class App:
    def __init__(self):
        self.config = dict(lib.DEFAULTS)


def hold():
    return App()


def check(held):
    assert held.config == lib.DEFAULTS and len(held.config) == 6
