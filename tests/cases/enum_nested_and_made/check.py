"""Enumerations inside classes, made by calls, exported by global_enum, derived; one of the application of a base without members."""

import lib
from lib import GLOBAL_A, GLOBAL_B, Outer


class Mine(lib.Base):
    M = 1


def hold():
    return {
        "outer": Outer(),
        "state": Outer.State.ON,
        "deep": {Outer.Inner.Deep.A: 1},
        "made": [lib.Made.P, lib.Made.Q],
        "start": lib.Start.Q,
        "unique": lib.Unique.U,
        "derived": lib.Derived.D,
        "mine": Mine.M,
        "global": (GLOBAL_A, lib.Global.GLOBAL_B),
    }


def check(held):
    assert held["outer"].state is Outer.State.OFF and held["state"] is Outer.State.ON and held["state"].value == "on"
    assert Outer.start is Outer.State.OFF and held["deep"][10] == 1 and held["deep"][Outer.Inner.Deep.A] == 1
    assert held["made"][0] is lib.Made.P and held["made"][0].value == 2 and held["start"] is lib.Start.Q
    assert held["start"].value == 60 and held["unique"] is lib.Unique.U and lib.Unique(10) is held["unique"]
    assert held["derived"] is lib.Derived.D and held["derived"].shout() == "D!!"
    assert (
        held["mine"] is Mine.M and held["mine"].shout() == "M!!" and isinstance(Mine.M, lib.Base) and Mine(1) is Mine.M
    )
    assert held["global"][0] is lib.GLOBAL_A is GLOBAL_A is lib.Global.GLOBAL_A and GLOBAL_A.value == 10
    assert held["global"][1] is GLOBAL_B and GLOBAL_B.value == 20
