"""The application's functions use names that the new version removed, each in its own way: all are named, nothing is touched."""

import lib
import lib as alias
import lib.sub
from lib import C

try:
    import lib.dead
except ImportError:
    pass

EXPECT = "refused:name-removed"


def attribute():
    return lib.gone()


def submodule():
    return alias.sub.gone_from_sub


def of_a_class():
    return C.OLD, lib.C.make()


def import_from():
    from lib.sub import LIMIT

    return LIMIT


def import_in_function():
    import lib.sub as inner

    return [inner.LIMIT for _ in range(2)]


def module_gone():
    import lib.dead

    return lib.dead.f()


class Application:
    def method(self):
        def nested():
            return lib.sub.LIMIT

        return nested


def run(upgrade):
    before = lib.sub, lib.gone, lib.C, lib.dead
    assert upgrade() is None
    assert before == (lib.sub, lib.gone, lib.C, lib.dead) and lib.sub.gone_from_sub() == attribute() == 1
    assert Application().method()() == import_from() == module_gone() == 1
    import midflight

    try:
        midflight.upgrade("refused_name_removed")
    except midflight.UpgradeRefused as refusal:
        reasons = refusal.reasons
    else:
        return
    assert {reason.code for reason in reasons} == {"name-removed"}
    names = {f"{reason.module}.{reason.symbol}" if reason.symbol else reason.module: reason for reason in reasons}
    wanted = ["lib.gone", "lib.sub.gone_from_sub", "lib.C.OLD", "lib.C.make", "lib.sub.LIMIT", "lib.dead"]
    assert set(wanted) <= set(names), names
    assert "application.attribute" in names["lib.gone"].cause or "application.run" in names["lib.gone"].cause
    assert "application.py:21" in names["lib.sub.gone_from_sub"].cause, names["lib.sub.gone_from_sub"].cause
    assert names["lib.gone"].distribution == "refused-name-removed"
