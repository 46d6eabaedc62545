"""A base's new parameter, reached through calls that hand **attrs on: the old base would have refused it."""

import lib


def hold():
    return lib.Rest("a", nargs=2), lib.Named("b", nargs=3), lib.Deep("c", "d")


def check(held):
    rest, named, deep = held
    assert rest.all() == ("a", None, 2, False, "en")
    assert named.all() == ("b", "named", 3, False, "en")
    assert deep.all() == ("c", "named", 1, False, "en")
    assert lib.Rest("e", old=True).all() == ("e", None, 1, True, "en")
