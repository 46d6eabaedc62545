"""An upgrade whose import has written wherever one can, and raises at last."""

import midflight

from tests.faults.scenarios import put
from tests.faults.scenarios.refused import ALLOWED, EXPECTED, is_done, look, works
from tests.faults.versions import FOREVER, RAISES

__all__ = ["ALLOWED", "EXPECTED", "act", "is_done", "look", "prepare", "works"]


def prepare():
    put("noisy", "2", RAISES)


def act():
    midflight.upgrade("noisy", wait=FOREVER, limit=None)
