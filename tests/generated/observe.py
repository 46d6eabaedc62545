"""What can be seen of a package, in JSON: every namespace symbol by symbol, and what its functions and classes do when used.

A fresh process on the new version and one that was upgraded to it must show the same.
"""

import enum
import functools
import inspect
import types

HIDDEN = {"__builtins__", "__cached__", "__loader__", "__spec__", "__file__", "__path__", "__dict__", "__weakref__"}
# What an Enum keeps beside its members: told by use_enum, in its order.
HIDDEN |= {"_member_map_", "_value2member_map_", "_hashable_values_", "_unhashable_values_", "_unhashable_values_map_"}


def code(obj):
    constants = [code(c) if isinstance(c, types.CodeType) else typed(c) for c in obj.co_consts]
    return [obj.co_qualname, obj.co_code.hex(), obj.co_names, obj.co_varnames, obj.co_freevars, constants, obj.co_flags]


def typed(thing):
    if isinstance(thing, (tuple, list)):
        return [type(thing).__name__, [typed(one) for one in thing]]
    if isinstance(thing, (set, frozenset)):
        return [type(thing).__name__, sorted(map(repr, thing))]
    return [type(thing).__name__, repr(thing)]


def describe(thing, seen):
    """The structure of a value; what was met before is named by its number."""
    if isinstance(thing, (str, int, float, bytes, type(None))):
        return typed(thing)
    if isinstance(thing, types.ModuleType):
        return ["module", thing.__name__]
    if id(thing) in seen:
        return ["seen", seen[id(thing)][0]]
    seen[id(thing)] = (len(seen), thing)  # kept: the address of a temporary comes again
    if isinstance(thing, types.FunctionType):
        cells = [describe(cell.cell_contents, seen) for cell in thing.__closure__ or ()]
        rest = [
            describe(part, seen) for part in (thing.__defaults__, thing.__kwdefaults__, thing.__dict__, thing.__doc__)
        ]
        return ["function", thing.__module__, thing.__qualname__, code(thing.__code__), cells, rest, signature(thing)]
    if isinstance(thing, type):
        own = thing.__module__ not in ("builtins", "enum")
        return describe_class(thing, seen) if own else ["class", thing.__qualname__]
    if isinstance(thing, functools.cached_property):
        return ["cached_property", describe(thing.func, seen)]
    if isinstance(thing, (tuple, list)):
        return [type(thing).__name__, [describe(one, seen) for one in thing]]
    if isinstance(thing, (dict, types.MappingProxyType)):
        return ["dict", [[describe(key, seen), describe(one, seen)] for key, one in thing.items()]]
    if isinstance(thing, functools.partial):
        return ["partial", describe((thing.func, thing.args, thing.keywords), seen)]
    if isinstance(thing, property):
        return ["property", describe((thing.fget, thing.fset, thing.fdel), seen)]
    if isinstance(thing, (staticmethod, classmethod, functools._lru_cache_wrapper)):
        return [type(thing).__name__, describe(thing.__wrapped__, seen)]
    return typed(thing) if isinstance(thing, (frozenset, set)) else [type(thing).__name__]


def signature(thing):
    try:
        return str(inspect.signature(thing))
    except ValueError:
        return None


def describe_class(cls, seen):
    names = [f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__]
    items = [[name, describe(one, seen)] for name, one in cls.__dict__.items() if name not in HIDDEN]
    return ["class", type(cls).__qualname__, cls.__module__, cls.__qualname__, names, items]


def result_of(thing):
    """What a call gave, run to its end: generators, coroutines and async generators of the package wait for nothing."""
    if isinstance(thing, types.GeneratorType):
        return list(thing)
    if isinstance(thing, types.CoroutineType):
        return finish(thing)
    if isinstance(thing, types.AsyncGeneratorType):
        return [one for one in iter(lambda: finish(thing.__anext__()), "over")]
    return thing


def finish(awaitable):
    """The value of something awaitable, or "over" for an async generator that has ended."""
    try:
        while True:
            awaitable.send(None)
    except StopIteration as end:
        return end.value
    except StopAsyncIteration:
        return "over"


def use(thing, argument=7):
    """What it does, or the exception that it ends with."""
    try:
        if isinstance(thing, enum.EnumMeta):
            return [[name, one.value, one.name, repr(one.told())] for name, one in thing.__members__.items()]
        if isinstance(thing, type):
            metaclass = type(thing)
            return [use_instance(thing()), repr(thing.hello()) if hasattr(metaclass, "hello") else None]
        result = result_of(thing(argument))
        if isinstance(result, types.FunctionType):
            return use(result)
        return repr(result) if type(result).__repr__ is not object.__repr__ else type(result).__name__
    except Exception as error:
        return repr(error)


SPECIAL = {"__len__": len, "__call__": lambda one: one(), "__contains__": lambda one: [n in one for n in range(9)]}


def use_instance(instance, names=None):
    seen = []
    for name in names or dir(instance):
        if name in SPECIAL:
            seen.append([name, repr(SPECIAL[name](instance))])
        elif not name.startswith("__"):
            attribute = getattr(instance, name)
            if isinstance(attribute, type):
                seen.append([name, use_instance(attribute())])
            else:
                seen.append([name, repr(result_of(attribute()) if callable(attribute) else attribute)])
    return seen


def package(modules):
    """All of that for the modules of one package, in order."""
    shown = []
    for module in modules:
        seen = {}
        space = [[name, describe(one, seen)] for name, one in module.__dict__.items() if name not in HIDDEN]
        # The import system binds a submodule when its import ends: before or after other names, as it comes.
        space.sort(key=lambda item: item[0])
        used = [[name, use(one)] for name, one in sorted(module.__dict__.items()) if worth(module, name, one)]
        shown.append([module.__name__, space, used])
    return shown


def worth(module, name, thing):
    """Is it a definition of the package that can be called?"""
    meta = isinstance(thing, type) and issubclass(thing, type)
    return callable(thing) and not meta and not name.startswith("_") and name not in ("wrapper", "pause")
