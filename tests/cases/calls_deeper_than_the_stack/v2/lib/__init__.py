"""Functions that call each other, one after the other: three thousand of them."""

import functools

LAST = 2


def step0(x):
    return x * LAST


for _i in range(1, 3000):
    exec(f"def step{_i}(x):\n    return step{_i - 1}(x)\n")

CACHE = {}


def compute(key):
    if key not in CACHE:
        CACHE[key] = step2999(key)
    return CACHE[key]


class Key:
    def __init__(self, a):
        self.a = a

    def __hash__(self):
        return step2999(self.a)

    def __eq__(self, other):
        return self.a == other.a

    @functools.cached_property
    def cost(self):
        return step2999(self.a)
