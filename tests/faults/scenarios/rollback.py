"""A rollback to the version before, which is kept, with everything held that the upgrade moved."""

import midflight

from tests.faults.scenarios import live
from tests.faults.scenarios.live import ALLOWED, EXPECTED, look
from tests.faults.versions import FOREVER

__all__ = ["ALLOWED", "EXPECTED", "act", "is_done", "look", "prepare", "works"]


def prepare():
    live.prepare()
    midflight.upgrade("lib", keep=float("inf"), limit=None)


def act():
    return midflight.rollback("lib", wait=FOREVER).old_generation


def is_done():
    return not live.is_done()


def works(done):
    live.works(not done)
