"""No code changes, only a data file that is read at import."""

import importlib.metadata

import lib
from lib import TEXT, f


def hold():
    return f


def check(held):
    assert held() == lib.TEXT == TEXT == "two" and importlib.metadata.version("data_file_only") == "2"
