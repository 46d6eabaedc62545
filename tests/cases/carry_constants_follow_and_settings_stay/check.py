"""A constant that the release changed follows wherever it was imported by name; a setting that the program made stays."""

import lib
from lib.settings import LIMIT, MODE
from lib import settings


def hold():
    settings.PATH = "mine"
    return LIMIT


def check(held):
    assert (LIMIT, MODE) == (2, "m2") and lib.limits() == ("v2", 2, "m2") and settings.PATH == "mine"
