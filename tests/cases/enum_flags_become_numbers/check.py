"""Combinations that the new version has no counterpart for are asked for once, and go on as they were."""

from lib import Left, Perm

FRESH = False


def hold():
    return Perm.R, Perm.R | Perm.W, Left.A | Left["C"], Left.A | Left.B


def check(held, report):
    assert held[0] is Perm.R and held[1].value == 3 and type(held[1]) is Perm
    assert held[2].value == 5 and type(held[2]) is Left and held[3] is Left.A | Left.B
    assert report is None or sorted(n.partition(":")[0] for n in report.notes) == ["lib.Left.A|C", "lib.Perm.R|W"]
