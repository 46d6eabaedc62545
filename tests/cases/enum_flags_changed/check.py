"""The values of flags change: combinations that the program made stand for the same names, and are the ones that | gives."""

import lib
from lib import Mode, Perm

FRESH = False


def hold():
    return {
        "rx": Perm.R | Perm.X,
        "all": Perm.R | Perm.W | Perm.X,
        "rw": Perm.R | Perm.W,
        "none": Perm(0),
        "not x": ~Perm.X,
        "dict": {Perm.R | Perm.X: 1, Perm.R: 2, Perm.RW: 3},
        "set": {Perm.W | Perm.X, Perm.W},
        "both": Mode.READ | Mode.WRITE,
        "unknown": Mode(64) | Mode.WRITE,
        "modes": {Mode.READ | Mode.WRITE: "rw", Mode.WRITE: "w"},
    }


def check(held):
    assert held["rx"] is Perm.R | Perm.X and held["rx"].value == 10 and held["rx"].name == "R|X"
    assert held["all"] is Perm.R | Perm.W | Perm.X and held["rw"] is Perm.RW and held["rw"].value == 6
    assert held["none"] is Perm(0) and held["not x"] is Perm.R | Perm.W
    assert held["dict"] == {Perm.R | Perm.X: 1, Perm.R: 2, Perm.RW: 3} and held["dict"][Perm.R | Perm.X] == 1
    assert held["set"] == {Perm.W | Perm.X, Perm.W} and Perm.W | Perm.X in held["set"]
    assert Perm.X in held["rx"] and Perm.NEW not in held["rx"] and list(held["rx"]) == [Perm.R, Perm.X]
    assert lib.can(held["rw"], Perm.W) and (held["rx"] | Perm.NEW).value == 11
    assert held["both"] is Mode.READ | Mode.WRITE and held["both"] == 5
    assert held["unknown"] == Mode(64) | Mode.WRITE == 68
    assert held["modes"][5] == "rw" and held["modes"][Mode.WRITE] == held["modes"][4] == "w"
