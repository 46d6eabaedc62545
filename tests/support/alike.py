"""Are two structures of objects the same, to anyone who looks? For what a flip has redirected and its like made afresh."""

import collections
import functools
import gc
import itertools
import operator
import types
import weakref

ATOMS = (type, types.FunctionType, types.BuiltinFunctionType, str, bytes, float, complex, type(None), types.ModuleType)
PARTS = {
    functools.partial: operator.attrgetter("func", "args", "keywords"),
    types.MethodType: operator.attrgetter("__func__", "__self__"),
    property: operator.attrgetter("fget", "fset", "fdel"),
    classmethod: operator.attrgetter("__func__"),
    staticmethod: operator.attrgetter("__func__"),
    types.CellType: operator.attrgetter("cell_contents"),
    slice: operator.attrgetter("start", "stop", "step"),
    weakref.ref: lambda ref: ref(),
    types.MappingProxyType: dict,
    weakref.WeakKeyDictionary: lambda weak: list(weak.items()),
    weakref.WeakValueDictionary: lambda weak: list(weak.items()),
    weakref.WeakSet: set,
}


def alike(left, right, path="it"):
    """Raises AssertionError with the path of a difference. The structures must be trees."""
    kind = type(left)
    assert kind is type(right), f"{path}: {left!r} is no {type(right)}"
    if issubclass(kind, ATOMS):
        assert left is right or (left == right and not issubclass(kind, (type, types.FunctionType))), path
        return
    if kind in PARTS:
        alike(PARTS[kind](left), PARTS[kind](right), f"{path} parts")
        assert not _hashable(right) or left != right or hash(left) == hash(right), f"{path}: the hash of {left!r}"
        return
    if issubclass(kind, dict):
        _dicts(left, right, path)
    elif issubclass(kind, (set, frozenset)):
        _sets(left, right, path)
    elif issubclass(kind, (list, tuple, collections.deque)):
        assert len(left) == len(right), f"{path}: {len(left)} and {len(right)} items"
        for i, (a, b) in enumerate(zip(left, right, strict=True)):
            alike(a, b, f"{path}[{i}]")
    elif kind is functools._lru_cache_wrapper:
        _caches(left, right, path)
    elif kind.__eq__ is not object.__eq__:
        assert left == right and right == left, path
    _attributes(left, right, path)
    if _hashable(right) and left == right:
        assert hash(left) == hash(right), f"{path}: the hash of {left!r}"


def _hashable(thing):
    try:
        hash(thing)
    except TypeError:
        return False
    return True


def _dicts(left, right, path):
    assert len(left) == len(right), f"{path}: {len(left)} and {len(right)} entries"
    for (key, value), (other, expected) in itertools.zip_longest(left.items(), right.items()):
        alike(key, other, f"{path} key")
        alike(value, expected, f"{path}[{other!r}]")
        assert other in left and key in right, f"{path}: {other!r} is not found"
    assert [id(key) for key in left] == [id(key) for key in left.keys()]  # noqa: SIM118
    if isinstance(left, collections.OrderedDict):
        alike(list(reversed(left)), list(reversed(right)), f"{path} reversed")


def _sets(left, right, path):
    assert len(left) == len(right) == len(list(left)), f"{path}: {len(left)} and {len(right)} members"
    for member in left:
        assert member in left and member in right, f"{path}: {member!r}"
    for member in right:
        assert member in left, f"{path}: {member!r} is not found"
    assert left == right


def _caches(left, right, path):
    for cache in (left, right):
        keys = [
            key
            for table in gc.get_referents(cache)
            if type(table) is dict
            for key in table
            if "__wrapped__" not in table
        ]
        misses = cache.cache_info().misses
        for key in keys:
            cache(*key) if type(key) is tuple else cache(key)
        assert cache.cache_info().misses == misses, f"{path}: a key that is there is not found"
    assert left.cache_info().currsize == right.cache_info().currsize, path


def _attributes(left, right, path):
    names = [n for kind in type(left).__mro__ for n in kind.__dict__.get("__slots__", ()) if not n.startswith("__")]
    for name in names:
        assert hasattr(left, name) == hasattr(right, name), f"{path}.{name}"
        if hasattr(left, name):
            alike(getattr(left, name), getattr(right, name), f"{path}.{name}")
    if isinstance(getattr(left, "__dict__", None), dict) and not isinstance(left, functools._lru_cache_wrapper):
        alike(left.__dict__, right.__dict__, f"{path}.__dict__")
