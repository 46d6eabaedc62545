"""A combination with a flag that is gone is not another flag by accident: it goes on as it was."""

from lib import Perm

FRESH = False


def hold():
    return {"rw": Perm.R | Perm["W"], "rx": Perm.R | Perm.X, "wx": Perm["W"] | Perm.X, "named": Perm["RW"]}


def check(held, report):
    assert held["rx"] is Perm.R | Perm.X and held["rx"].value == 3
    assert held["wx"].value == 6 and held["wx"].name == "W|X" and type(held["wx"]) is Perm
    assert held["rw"] is held["named"] and held["rw"].value == 3 and held["rw"] is not held["rx"]
    assert report is None or sorted(n.partition(":")[0] for n in report.notes) == ["lib.Perm.RW", "lib.Perm.W|X"]
