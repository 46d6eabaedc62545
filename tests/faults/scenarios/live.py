"""An upgrade that is made: the program holds one of everything."""

import atexit
import collections
import functools
import sys
import typing

import lib
import lib.part
import midflight
from lib import LIMIT, Base, function

from tests.faults.scenarios import put, registry_of_overloads
from tests.faults.versions import FOREVER, V2

EXPECTED = "done"
ALLOWED = registry_of_overloads


class Child(Base):
    def name(self):
        return "child of " + super().name()


def suspended():
    held = function
    yield held
    yield held()


HELD = {
    "function": function,
    "table": {Base: 1, (Base, function): 2},
    "set": {function, Base, 3},
    "instance": Base(),
    "child": Child(),
    "method": Base().name,
    "partial": functools.partial(function),
    "queue": collections.deque([function, Base]),
    "generator": suspended(),
    "cached": functools.lru_cache(lambda thing: thing),
    "counter": lib.part.counter(),
}
HELD["cached"](Base)
next(HELD["generator"])
next(HELD["counter"])


def prepare():
    put("lib", "2", V2)


def act():
    return midflight.upgrade("lib", wait=FOREVER, limit=None).old_generation


def is_done():
    return lib.function() == 2


def works(done):
    """What is held behaves as this version, and is what the module has now."""
    version = 2 if done else 1
    assert lib.function() == version and lib.part.helper() == version * 10
    assert HELD["function"] is lib.function and HELD["function"]() == version
    assert HELD["table"] == {lib.Base: 1, (lib.Base, lib.function): 2} and HELD["table"][lib.Base] == 1
    assert HELD["set"] == {lib.function, lib.Base, 3} and lib.Base in HELD["set"]
    assert HELD["instance"].name() == f"base {version}" and type(HELD["instance"]) is lib.Base
    assert HELD["child"].name() == f"child of base {version}" and Child.__mro__ == (Child, lib.Base, object)
    assert lib.Base.__subclasses__() == [Child] and object.__subclasses__().count(lib.Base) == 1
    assert HELD["method"]() == f"base {version}" and HELD["partial"]() == version
    assert list(HELD["queue"]) == [lib.function, lib.Base]
    assert HELD["cached"](lib.Base) is lib.Base and HELD["cached"].cache_info().misses == 1
    assert next(HELD["generator"]) == version and next(HELD["counter"]) == 2
    assert LIMIT == version * 100 and Base is lib.Base and function is lib.function
    assert isinstance(HELD["instance"], lib.Base) and sys.modules["lib"] is lib and sys.modules["lib.part"] is lib.part


def look():
    return {
        "overloads": [id(overload) for overload in typing.get_overloads(lib.function)],
        "registered": issubclass(lib.Base, collections.abc.Sized),
        "exits": atexit._ncallbacks(),
    }
