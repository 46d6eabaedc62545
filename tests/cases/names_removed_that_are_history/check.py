"""A call that waits for the upgrade, and a module that is being executed, used what the new version removed: that is behind them."""

import lib

FRESH = False


def first():
    return lib.gone(), lib.f(1, 2)


def run(upgrade):
    inner = [lib.gone() for _ in range(2)]

    def outer(step):
        assert lib.gone() == step
        assert upgrade() is not None
        return lib.f(step)

    assert inner == [1, 1]
    assert outer(1) == 2 and not hasattr(lib, "gone")


assert first() == (1, 1)
del first
