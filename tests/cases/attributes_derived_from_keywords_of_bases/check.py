"""A keyword that went on to a base is kept there; what is done only if it is true is not done. (click 8.5)"""

import lib


class Own(lib.Argument):
    pass


def hold():
    return lib.Argument("a"), lib.Argument("b", deprecated=""), Own("c", required=True)


def check(held):
    first, second, own = held
    assert first.all() == ("a", None) and second.all() == ("b", None) and own.all() == ("c", None)
    assert lib.Argument("d", help=" x", deprecated=1).all() == ("d", "x old: 1")
