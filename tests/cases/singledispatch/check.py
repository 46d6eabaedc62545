"""singledispatch of the application on the library's classes, in function and method form, with warm caches."""

# ruff: noqa: UP006, UP007, UP035, UP045, UP046
import functools

import lib


@functools.singledispatch
def mine(x):
    return "any"


@mine.register
def _(x: lib.A):
    return "A"


@mine.register(int)
def _int(x):
    return "int"


class C:
    @functools.singledispatchmethod
    def go(self, x):
        return "any"

    @go.register
    def _(self, x: lib.B):
        return "B"


def hold():
    c = C()
    values = [lib.A(), lib.B(), 1, "s"]
    return values, c, [mine(v) for v in values], [c.go(v) for v in values]


def check(held):
    values, c, *_ = held
    for instances in (values, [lib.A(), lib.B(), 1, "s"]):
        assert [mine(v) for v in instances] == ["A", "A", "int", "any"]
        assert [c.go(v) for v in instances] == ["any", "B", "any", "any"]
        assert [lib.show(v) for v in instances] == ["a 2", "a 2", "any 2", "any 2"]
    assert lib.A in mine.registry and len(mine.registry) == 3
