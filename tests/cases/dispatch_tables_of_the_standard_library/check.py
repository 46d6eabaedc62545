"""copyreg, json, re, functools, sort keys, contextlib, heapq and the like with classes and functions of the library."""

import contextlib
import copyreg
import functools
import heapq
import operator
import pickle

import lib


def reduce(c):
    return lib.C, (c.x + 100,)


class Keyed:
    def __init__(self, c):
        self.c = c

    def __lt__(self, other):
        return self.c.x < other.c.x


def hold():
    copyreg.pickle(lib.C, reduce)
    stack = contextlib.ExitStack()
    stack.callback(lib.f, 1)
    stack.push(lib.C().m)
    heap = [Keyed(lib.C(i)) for i in range(5)]
    heapq.heapify(heap)
    return {
        "key": functools.cmp_to_key(lib.compare),
        "stack": stack,
        "heap": heap,
        "getter": operator.attrgetter("x"),
        "c": lib.C(1),
        "dispatch": {type(lib.C()): lib.f},
        "globals": {"f": lib.f, "C": lib.C, "__builtins__": __builtins__},
    }


def check(held):
    assert sorted([1, 3, 2], key=held["key"]) == [3, 2, 1]
    assert pickle.loads(pickle.dumps(held["c"])).x == 101 and copyreg.dispatch_table[lib.C] is reduce
    assert held["dispatch"][type(held["c"])] is lib.f
    assert heapq.heappop(held["heap"]).c.m() == 2 and held["getter"](held["c"]) == 1
    assert eval("f() + C().m()", held["globals"]) == 4
    held["stack"].close()
    del copyreg.dispatch_table[lib.C]
