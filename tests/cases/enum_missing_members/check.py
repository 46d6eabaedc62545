"""Members that an own _missing_ made for values of the program: the new version is asked for the same values."""

from lib import Code

FRESH = False


def hold():
    assert Code("ok") is Code.OK
    return {"unknown": Code(42), "dict": {Code(42): 1, Code.LATE: 2}, "far": Code(1000), "late": Code("late")}


def check(held, report):
    assert held["unknown"] is Code(42) and held["unknown"].name == "UNKNOWN<42>"
    assert held["dict"] == {Code(42): 1, Code.LATE: 2} and held["dict"][Code(42)] == 1
    assert held["late"] is Code.LATE and held["late"].value == 3
    assert held["far"].name == "UNKNOWN_1000" and type(held["far"]) is Code
    assert report is None or [n.partition(":")[0] for n in report.notes] == ["lib.Code.UNKNOWN_1000"]
