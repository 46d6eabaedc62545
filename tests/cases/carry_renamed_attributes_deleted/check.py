"""What the program deleted from an object of the package does not come back under the attribute's new name."""

import lib

FRESH = False


def hold():
    for one in (lib.PLAIN, lib.SLOTTED):
        one.other.append(3)
        del one.timeout
    return lib.PLAIN, lib.SLOTTED


def check(held):
    for one in held:
        assert not hasattr(one, "read_timeout") and one.other == [1, 3], one.read_timeout
