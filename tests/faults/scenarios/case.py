"""A folder of tests/cases, installed as tests/faults/every.py does: what it holds is held, and what it checks is checked afterwards."""

import importlib
import os
import sys
import threading

import midflight

from tests.faults.scenarios import in_child, registry_of_overloads, site_directory
from tests.faults.versions import FOREVER

NAME = os.environ["MIDFLIGHT_CASE"]
ALLOWED = registry_of_overloads
EXPECTED = "done"
APPLICATION = importlib.import_module("application")
OPTIONS = {"wait": FOREVER, "limit": None, **getattr(APPLICATION, "UPGRADE", {})}
HELD = []


def _put():
    from tests.support.install import Site
    from tests.test_cases import Case

    Case(NAME).put(Site(site_directory()), 1)


def _loaded():
    modules = list(sys.modules.items())
    return {
        name: id(module)
        for name, module in modules
        if str(getattr(module, "__file__", "")).startswith(site_directory())
    }


def prepare():
    global BEFORE, EXPECTED, NAMES
    EXPECTED = "done" if getattr(APPLICATION, "EXPECT", "live") == "live" else "refused"
    NAMES = OPTIONS.pop("names", os.environ["MIDFLIGHT_NAMES"].split())
    HELD.append(APPLICATION.hold())
    assert threading.active_count() == 1, "it has threads, which a branch does not have"
    in_child(_put)
    BEFORE = _loaded()


def act():
    midflight.upgrade(*NAMES, **OPTIONS)


def is_done():
    now = _loaded()
    return any(now.get(name) != number for name, number in BEFORE.items())


def works(done):
    """A check that wants the report too is not made: that may say that something could not be found out."""
    check = APPLICATION.check
    if (done or EXPECTED == "refused") and check.__code__.co_argcount == 1:
        check(HELD[0])


def look():
    return {}
