"""Coroutines of the application, suspended between loading a function and calling it."""

import types

import lib


@types.coroutine
def pause(value):
    return (yield value)


async def call_later():
    return lib.f(await pause("one"))


async def two_deep():
    return [await call_later(), await lib.work(await pause("two"))]


def finish(coroutine, value):
    try:
        coroutine.send(value)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("did not finish")


def hold():
    coroutines = [call_later(), two_deep(), lib.work("never started")]
    for coroutine in coroutines[:2]:
        assert coroutine.send(None) == "one"
    return coroutines


def check(held):
    first, second, fresh = held
    assert finish(first, "a") == ("a", 2)
    assert second.send("b") == "two"
    assert finish(second, "c") == [("b", 2), ("c", 2)]
    fresh.close()
