"""Nothing about the flags changes: combinations that the program made are still the ones that | gives."""

import lib
from lib import Mode, Perm


def hold():
    held = {
        "rx": Perm.R | Perm.X,
        "not x": ~Perm.X,
        "none": Perm(0),
        "both": Mode.READ | Mode.WRITE,
        "unknown": Mode(64),
    }
    held["dict"] = {held["rx"]: 1, Perm.R: 2}
    return held


def check(held):
    # CPython 3.11.2 makes a value without a name anew each time.
    assert type(held["unknown"]) is Mode
    assert held["rx"] is Perm.R | Perm.X and held["not x"] is ~Perm.X is Perm.RW and held["none"] is Perm(0)
    assert held["both"] is Mode.READ | Mode.WRITE and held["unknown"] == Mode(64) == 64
    assert held["dict"][Perm.R | Perm.X] == 1 and held["dict"][Perm.R] == 2 and type(held["rx"]) is Perm
    assert ~held["rx"] is Perm.W and lib.can(held["rx"], Perm.X)
