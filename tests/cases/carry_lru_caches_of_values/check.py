"""What an lru_cache remembers is computed again by other code if it is a value, whatever its class; a client stays, also in a tuple."""

import lib

FRESH = False  # its clients are others


def hold():
    for function in lib.pattern, lib.path, lib.share, lib.mode, lib.point, lib.frozen:
        function()
    return lib.client(), lib.connection(), lib.frozen_client()


def check(held):
    client, connection, frozen = held
    assert lib.pattern().pattern == "2" and str(lib.path()) == "2" and lib.share() == lib.fractions.Fraction(2, 5)
    assert lib.mode() is lib.Mode.EXACT and lib.point() == (2, lib.pathlib.PurePosixPath("2"))
    assert lib.frozen() == lib.Frozen((lib.Frozen(2), "a")) and lib.frozen_client() is frozen
    assert lib.client() is client and lib.connection().y is connection.y
