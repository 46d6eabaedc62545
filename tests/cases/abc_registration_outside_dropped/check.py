"""A registration with an ABC of somebody else that the release drops stays, as the program may have made it, and a note says so."""

import collections.abc

import lib

FRESH = False


def hold():
    assert issubclass(lib.Dropped, collections.abc.Sequence)


def check(held, report):
    assert issubclass(lib.Dropped, collections.abc.Sequence) and issubclass(lib.Kept, collections.abc.Sequence)
    told = [note for note in report.notes if "registered with the ABC" in note]
    assert len(told) == 1 and "Dropped" in told[0] and "Sequence" in told[0], report.notes
