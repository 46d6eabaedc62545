"""A pool keeps the arguments of calls to come, and one of them nothing takes any more: the call would raise later."""

import midflight

import lib

EXPECT = "refused:signature-changed"
FRESH = False


class Pool(lib.Pool):
    pass


def run(upgrade):
    pool, other, slotted = lib.Pool(host="a"), Pool(host="b", timeout=2), lib.Slotted(port=80)
    assert upgrade() is None
    assert pool.connect().host == "a" and other.connect().timeout == 2 and slotted.options == {"port": 80}
    try:
        midflight.upgrade("refused-kept-argument-is-lost")
    except midflight.UpgradeRefused as refused:
        said = {reason.symbol: reason.cause for reason in refused.reasons}
    else:
        raise AssertionError("it was made")
    assert sorted(said) == ["Connection.__init__", "work"], said
    assert "Pool.arguments" in said["Connection.__init__"] and "'registry'" in said["Connection.__init__"], said
    assert "one more place" in said["Connection.__init__"] and "lib.Slotted.options" in said["work"], said
