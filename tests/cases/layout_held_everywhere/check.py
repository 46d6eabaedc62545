"""One instance in every kind of holder: all of them have the new object, and it is one."""

import collections
import contextvars
import functools
import operator
import types
import weakref

import lib

VARIABLE = contextvars.ContextVar("variable")
THING = lib.Thing("module")


class Holder:
    __slots__ = ("slot",)


class Plain:
    pass


def hold():
    thing = lib.Thing("held")
    plain, slotted = Plain(), Holder()
    plain.attribute = slotted.slot = thing

    def closure(argument=thing, *, keyword=thing):
        return [thing, argument, keyword]

    def generator(local):
        below = [local, (yield local)]
        yield below[0]

    @functools.lru_cache
    def cached(argument):
        return [argument]

    VARIABLE.set(thing)
    suspended = generator(thing)
    next(suspended)
    cached(thing)
    closure.attribute = thing
    try:
        raise ValueError(thing)
    except ValueError as error:
        problem = error
    ordered = collections.OrderedDict([(1, 1), (thing, 2), (3, 3)])
    return {
        "list": [thing],
        "tuple": ((thing,),),
        "dict": {"key": thing},
        "key": {0: 0, thing: thing, 2: 2},
        "set": {thing, 1},
        "frozenset": frozenset([thing, 1]),
        "nested key": {(thing, (thing,)): 1},
        "deque": collections.deque([1, thing]),
        "ordered": ordered,
        "default": collections.defaultdict(list, {thing: [1]}),
        "plain": plain,
        "slotted": slotted,
        "closure": closure,
        "suspended": suspended,
        "cached": cached,
        "partial": functools.partial(closure, thing, keyword=thing),
        "method": thing.me,
        "namespace": types.SimpleNamespace(thing=thing),
        "error": problem,
        "weak": weakref.WeakKeyDictionary({thing: 1}),
        "getter": operator.methodcaller("append", thing),
        "property": types.MappingProxyType({"key": thing}),
        "iterator": iter([thing, thing]),
        "view": {1: thing}.values(),
        "thing": thing,
    }


def check(held):
    thing = held["thing"]
    assert type(thing) is lib.Thing and thing.name == "held" and type(THING) is lib.Thing and THING.name == "module"
    taken = []
    held["getter"](taken)
    found = [
        held["list"][0],
        held["tuple"][0][0],
        held["dict"]["key"],
        list(held["key"])[1],
        held["key"][thing],
        next(one for one in held["set"] if one != 1),
        next(one for one in held["frozenset"] if one != 1),
        held["deque"][1],
        list(held["ordered"])[1],
        next(iter(held["default"])),
        held["plain"].attribute,
        held["slotted"].slot,
        *held["closure"](),
        held["closure"].attribute,
        held["suspended"].send(1),
        held["cached"](thing)[0],
        *held["partial"](),
        held["method"](),
        held["namespace"].thing,
        held["error"].args[0],
        next(iter(held["weak"])),
        taken[0],
        held["property"]["key"],
        next(held["iterator"]),
        next(iter(held["view"])),
        VARIABLE.get(thing),
    ]
    assert all(one is thing for one in found), [n for n, one in enumerate(found) if one is not thing]
    assert thing in held["set"] and thing in held["frozenset"] and held["nested key"][thing, (thing,)] == 1
    assert held["ordered"][thing] == 2 and held["cached"].cache_info().hits == 1 and held["weak"][thing] == 1
    assert held["default"][thing] == [1] and list(held["key"].values())[::2] == [0, 2]
