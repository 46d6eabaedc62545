"""What the old version's import registered with an ABC and the new one's does not is registered no more."""

import lib

FRESH = False


class Mine:
    pass


def hold():
    lib.Plain.register(Mine)
    assert isinstance("", lib.Plain) and not isinstance(b"", lib.Plain)


def check(held):
    assert isinstance(1, lib.Plain) and isinstance(b"", lib.Plain) and isinstance(Mine(), lib.Plain)
    assert not isinstance("", lib.Plain) and not isinstance([], lib.Plain)
