"""A name is bound to something of another kind that has no counterpart: modules that imported it by name follow, as they do
for constants."""

import lib
from lib import NAMES, PATTERN, VERSION, config, title

kept = NAMES
PATTERN_OF_MINE = PATTERN


def hold():
    return None


def check(held):
    assert (NAMES, PATTERN.pattern, VERSION(), config.get(), title.text) == (("a", "b"), "b", "2", 2, "two")
    assert NAMES is lib.NAMES and config is lib.config and title is lib.title
