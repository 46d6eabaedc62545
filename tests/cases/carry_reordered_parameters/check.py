"""Defaults and fields belong together by the names of their parameters, not by their places."""

import lib

FRESH = False


def hold():
    a, b = lib.call()
    a.append("a")
    b.append("b")
    lib.RECS.append(lib.Rec([5]))
    return lib.Rec(), a, b, lib.RECS[0]


def check(held):
    rec, a, b, first = held
    assert rec == lib.Rec() and (rec.first, rec.second, rec.third, rec.new) == ([1], {"n": 2}, [3], [0])
    assert lib.call()[0] is a == [1, "a"] and lib.call()[1] is b == [2, "b"]
    assert lib.RECS == [lib.Rec(), lib.Rec(first=[5])] and lib.RECS[0] is first
