"""A member that the new version dropped goes on: of its class, with its name and value, and the report says who holds it."""

from lib import E, N

FRESH = False


def hold():
    return {"gone": E["GONE"], "set": {E["GONE"], E.KEEP}, "number": N["GONE"], "dict": {N["GONE"]: 1}, "keep": E.KEEP}


def check(held, report):
    gone = held["gone"]
    assert type(gone) is E and gone.name == "GONE" and gone.value == 2 and gone.describe() == "GONE two"
    assert held["set"] == {gone, E.KEEP} and gone in held["set"] and E(gone) is gone and repr(gone) == "<E.GONE: 2>"
    assert list(E) == [E.KEEP] and held["keep"] is E.KEEP and not hasattr(E, "GONE")
    assert held["number"] == 2 and type(held["number"]) is N and held["dict"][2] == 1
    assert report is None or sorted(note.partition(":")[0] for note in report.notes) == ["lib.E.GONE", "lib.N.GONE"]
    assert report is None or all("no longer a member" in note for note in report.notes)
