"""What caches remember may be deep: tuples in tuples, of what other caches and decorated functions gave. It goes with what these say
now."""

from lru_cache_of_deep_results import c2, c3

FRESH = False


def hold():
    assert c3(7)[3][3][1][2] == (7, "a", None) == c2(7)[3][1][2]
    return c3


def check(held):
    assert held is c3 and c2(7)[3][1][2] == (1, "a", None)
    assert c3(7)[3][3][1][2] == (1, "a", None)
