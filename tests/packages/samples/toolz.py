import sys

import tlz
import toolz
from toolz.curried import filter as curried_filter


@toolz.curry
def add(a, b):
    return a + b


def hold():
    return add(1), toolz.compose(str, add(1)), curried_filter(bool), toolz.memoize(add), tlz.groupby, len(sys.meta_path)


def use(held):
    one, text, keep, remembered, groupby, finders = held
    assert one(2) == 3 and type(one) is toolz.curry and text(1) == "2" and list(keep([0, 1])) == [1]
    assert remembered(1, 2) == 3 and isinstance(text, toolz.functoolz.Compose)
    assert groupby is toolz.groupby is tlz.itertoolz.groupby and groupby(len, ["a", "bb"]) == {1: ["a"], 2: ["bb"]}
    assert len(sys.meta_path) == finders and tlz.functoolz.__spec__.loader in sys.meta_path
