"""Members that hash by value: the values change, two of them even change places, and tables keyed by them are right."""

import collections
import functools

import lib
from lib import Code, Weight


@functools.lru_cache
def cached(code):
    return code.name


def hold():
    cached(Code.OK)
    return {
        "dict": {Code.OK: "o", Code.LATE: "l", Code.LOST: "x", 7: "seven"},
        "ordered": collections.OrderedDict([(Code.LATE, 1), (Code.LOST, 2)]),
        "set": {Code.OK, Code.LATE, Code.LOST, Weight.LIGHT},
        "by frozen": {frozenset({Code.OK, 9}): "f", (Code.LATE, 1): "t"},
        "one": Code.OK,
        "counter": collections.Counter([Code.OK, Code.LATE, Code.OK]),
    }


def check(held):
    assert held["one"] is Code.OK and held["one"] == 200 and int(held["one"]) == 200 and Code(200) is held["one"]
    assert held["dict"][Code.OK] == held["dict"][200] == "o" and held["dict"][Code.LATE] == held["dict"][3] == "l"
    assert held["dict"][2] == "x" and 1 not in held["dict"] and held["dict"][7] == "seven" and len(held["dict"]) == 4
    assert list(held["ordered"].items()) == [(3, 1), (2, 2)] and held["ordered"].pop(Code.LATE) == 1
    assert held["set"] == {200, 3, 2, 0.25} and Code.LOST in held["set"] and Weight.LIGHT in held["set"]
    assert held["by frozen"][frozenset({200, 9})] == "f" and held["by frozen"][Code.LATE, 1] == "t"
    assert held["counter"] == {Code.OK: 2, Code.LATE: 1} and held["counter"][200] == 2
    hits = cached.cache_info().hits
    assert cached(Code.OK) == "OK" and cached.cache_info().hits == hits + 1
    assert lib.text(held["one"]) == "ok" and lib.text(410) == "gone"
