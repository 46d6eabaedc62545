"""An upgrade that is refused, late: the new version has written wherever one can, and lacks a name that the program uses."""

import atexit
import codecs
import contextlib

import midflight
import noisy

from tests.faults.scenarios import put, registry_of_overloads
from tests.faults.versions import FOREVER, NOISY2

EXPECTED = "refused"
ALLOWED = registry_of_overloads


def uses_what_is_dropped():
    return noisy.dropped()


def prepare():
    put("noisy", "2", NOISY2)


def act():
    midflight.upgrade("noisy", wait=FOREVER, limit=None)


def is_done():
    return noisy.function() == 2


def works(done):
    assert noisy.function() == 1 and noisy.dropped() is None
    with contextlib.suppress(LookupError):
        codecs.lookup("a codec that nobody has")


def look():
    return {"exits": atexit._ncallbacks()}
