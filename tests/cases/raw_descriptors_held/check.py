"""The classmethod and staticmethod objects themselves, taken out of the class's namespace."""

import lib


class Mine:
    borrowed = lib.C.__dict__["c"]
    plain = lib.C.__dict__["s"]


def hold():
    return lib.C.__dict__["c"], lib.C.__dict__["s"]


def check(held):
    assert held[0] is lib.C.__dict__["c"] and held[1] is lib.C.__dict__["s"]
    assert held[0].__func__(int) == ("int", 2) and held[1].__func__() == 2
    assert Mine.borrowed() == ("Mine", 2) and Mine().plain() == 2
