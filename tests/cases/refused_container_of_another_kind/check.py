"""The program filled a dict, and the new version's code counts on a deque in its place."""

import lib

EXPECT = "refused:state-changed"


def hold():
    return lib.Factory().get("a"), lib.Factory()


def check(held):
    value, factory = held
    assert factory.get("a") is value and lib.Factory.instances == {"a": ["a"]}
