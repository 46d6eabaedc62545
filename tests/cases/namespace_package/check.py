"""Two distributions share a namespace package; one is upgraded, the other one's modules are not touched."""

import spread
import spread.one
import spread.one.mod as mod
import spread.other
import spread.single

UPGRADE = {"names": ["dist-one"]}


def hold():
    return spread, spread.other, spread.other.MARK, spread.other.Mine


def check(held):
    namespace, other, mark, mine = held
    assert spread is namespace and spread.other is other and other.MARK is mark and other.Mine is mine
    assert mod is spread.one.mod and mod.f() == 2 and spread.one.f is mod.f and spread.single.VALUE == 2
    assert other.f is mod.f and mine.__dict__["call"] is mod.f
