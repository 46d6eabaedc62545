"""upgrade() is called from inside a function of the very package: that frame is unchanged and follows."""

import lib

FRESH = False


def run(upgrade):
    assert lib.call(lambda: upgrade() is not None) == (True, 2)
    assert lib.tail() == 2
