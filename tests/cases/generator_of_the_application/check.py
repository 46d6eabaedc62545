"""A suspended generator of the application with a function of the library in its locals and on its value stack."""

import lib
from lib import C, f


def locals_and_stack():
    local, instance = f, C()
    first = yield "ready"
    result = lib.f((yield first))
    yield result
    yield local(1), instance.m(), type(instance) is C, [f, (yield "inside a display"), lib.C]


def delegating():
    return (yield from locals_and_stack())


def hold():
    started = [locals_and_stack(), delegating()]
    for generator in started:
        next(generator)
        generator.send("first")
    return started


def check(held):
    for generator in held:
        assert generator.send("x") == ("x", 2)
        assert next(generator) == "inside a display"
        a, b, same, display = generator.send("y")
        assert a == (1, 2) and b == 2 and same and display == [lib.f, "y", lib.C]
