"""A name that the application gave another value, or took from elsewhere, does not follow the library's constant."""

import lib
from lib import LIMIT, NAME

LIMIT = 99
OTHER = 10
COPY = "a"


def hold():
    return {"limit": 10, "name": "a"}


def check(held):
    assert (LIMIT, OTHER, COPY) == (99, 10, "a") and held == {"limit": 10, "name": "a"}
    assert NAME == "b" and lib.LIMIT == 20
