"""A dict in which a class remembers its instances is a table that holds them weakly now: it has those that somebody holds, so that each
is still the only one of its name, and lets go of the others."""

import gc

from table_that_holds_weakly_now import Zone

FRESH = False


class Own(Zone):
    pass


def hold():
    zone, own = Zone("a", 1), Own("b")
    assert Zone("c", 3).text() == "c+3" and Zone("a", 1) is zone and Own("b") is own
    assert Zone.known() == [("a", 1), ("c", 3)]
    return zone, own


def check(held):
    zone, own = held
    assert Zone("a", 1) is zone and zone.text() == "UTCa+1" and Own("b") is own and own.text() == "UTCb+0"
    gc.collect()
    assert Zone.known() == [("a", 1)] and Zone("d").text() == "UTCd+0"
