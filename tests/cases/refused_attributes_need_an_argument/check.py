"""The new version reads an attribute that live instances lack and that only an argument can give: the hook is asked for."""

import midflight

import lib

EXPECT = "refused:attributes-added"
FRESH = False
UPGRADE = {"allow": "signatures"}


def run(upgrade):
    held = lib.C("h")
    assert upgrade() is None
    assert vars(held) == {"host": "h"} and held.url() == "h" and type(held) is lib.C
    try:
        midflight.upgrade("refused-attributes-need-an-argument", allow="signatures")
    except midflight.UpgradeRefused as refused:
        (reason,) = refused.reasons
        assert reason.symbol == "C" and "'port'" in reason.cause and "__upgrade__" in reason.action
