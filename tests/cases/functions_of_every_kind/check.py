"""Decorated, nested, async and generator functions and a lambda, held by name and in a table."""

import asyncio

import lib
from lib import anonymous, async_generator, coroutine, decorated, generator, nested


def hold():
    return [decorated, nested, coroutine, generator, async_generator, anonymous]


async def collect(source):
    return [item async for item in source]


def check(held):
    assert decorated(1) == 6 and nested(1) == 3 and anonymous(1) == 3
    assert asyncio.run(coroutine(1)) == 3
    assert list(generator(2)) == [2, 3]
    assert asyncio.run(collect(async_generator(2))) == [2, 3]
    assert decorated.__wrapped__(1) == 3
    assert held == [lib.decorated, lib.nested, lib.coroutine, lib.generator, lib.async_generator, lib.anonymous]
