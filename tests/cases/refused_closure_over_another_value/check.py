"""`fn` is what was decorated in one version and its wrapper in the other: the old cell would serve neither (tenacity)."""

import refused_closure_over_another_value as lib

EXPECT = "refused:closure-changed"


def hold():
    return lib.Own().wraps(str)


def check(held):
    assert held(1) == ("retried", "1")
