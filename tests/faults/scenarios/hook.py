"""An upgrade with hooks before and after the flip, a class whose instances get their attributes from __upgrade__, and state by name."""

import hooked
import midflight

from tests.faults.scenarios import put, registry_of_overloads
from tests.faults.versions import FOREVER, HOOKED2

EXPECTED = "done"
ALLOWED = registry_of_overloads
HELD = [hooked.Point(1), hooked.Point(2), {hooked.Point: "class"}]
hooked.table["program"] = HELD[0]
hooked.count = 7


def prepare():
    put("hooked", "2", HOOKED2)


def act():
    return midflight.upgrade("hooked", wait=FOREVER, limit=None).old_generation


def is_done():
    return hooked.VERSION == 2


def works(done):
    assert hooked.VERSION == (2 if done else 1)
    assert [point.total() for point in HELD[:2]] == ([11, 12] if done else [1, 2])
    assert hooked.table["program"] is HELD[0] and HELD[2][hooked.Point] == "class"
    assert hooked.count == 7
    assert hooked.seen in ((8, 9) if done else (0,))  # 8: a signal handler has raised in the hook after the flip


def look():
    return {"count": hooked.count, "seen": hooked.seen}
