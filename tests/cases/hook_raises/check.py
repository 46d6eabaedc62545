"""A hook that raises abandons the upgrade; the caller gets the exception, the instances are what they were."""

import lib

import midflight

EXPECT = "refused:hook-failed"
FRESH = False


def run(upgrade):
    made = [lib.C(n) for n in range(5)]
    assert upgrade() is None
    assert all(vars(instance) == {"n": n} for n, instance in enumerate(made))
    try:
        midflight.upgrade("hook-raises")
    except midflight.UpgradeRefused as refused:
        assert isinstance(refused.__cause__, ValueError) and "three" in str(refused.__cause__)
        (reason,) = refused.reasons
        assert reason.code == "hook-failed" and reason.symbol == "C.__upgrade__" and "three" in reason.cause
    else:
        raise AssertionError("must be refused")
