"""Plain calls of the application that the new signatures do not take: positional counts, keyword names, classes, class and static methods."""

import lib
from lib import C, required

EXPECT = "refused:signature-changed"


def positional():
    return lib.dropped(1, 2)


def missing():
    return required(1)


def keyword():
    from lib import renamed as name

    return name(1, key=2)


def a_class():
    return C(1, 2)


def class_method():
    return lib.C.make(1), lib.C.double(2, 3), C.m(lib.C(1, 2), 5)


def run(upgrade):
    assert upgrade() is None
    assert (positional(), missing(), keyword(), a_class().a, class_method()[1:]) == (3, 1, 1, 1, (6, 5))
    import midflight

    try:
        midflight.upgrade("refused_signature_changed")
    except midflight.UpgradeRefused as refusal:
        names = {reason.symbol: reason for reason in refusal.reasons if reason.code == "signature-changed"}
    else:
        return
    assert set(names) == {"dropped", "required", "renamed", "C", "C.make", "C.double", "C.m"}, names
    assert "application.keyword" in names["renamed"].cause, names["renamed"].cause
