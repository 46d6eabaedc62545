"""partial, a partial of a partial, a subclass of partial and partialmethod, the library's and the application's."""

import functools

import lib


class Named(functools.partial):
    pass


class Mine:
    call = functools.partialmethod(lambda self, f, x: f(x, x), lib.f)


def hold():
    c = lib.C()
    return {
        "one": functools.partial(lib.f, 1),
        "two": functools.partial(functools.partial(lib.f, 1), 2),
        "named": Named(lib.f, b=3),
        "method": functools.partial(c.full, "x"),
        "short": c.short,
        "holds": functools.partial(isinstance, c, lib.C),
    }


def check(held):
    assert held["one"](9) == (1, 9, 2)
    assert held["two"]() == (1, 2, 2)
    assert held["named"](4) == (4, 3, 2)
    assert held["method"](5) == ("x", 5, 2)
    assert held["holds"]() is True
    assert held["one"].func is lib.f
    assert lib.C().short(1) == ("k2", 1, 2)
    assert Mine().call(1) == (1, 1, 2)
