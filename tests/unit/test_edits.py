"""edits: what is collected is written by commit and taken back by undo, word for word; who owns what, and when it is dropped."""

import collections
import ctypes
import functools
import gc
import operator
import sys
import types
import weakref

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.flips import Flip
from tests.support.isolated import isolated

testing = pytest.importorskip("midflight._testing")
Trial = testing.Trial


def entries(log):
    """What operations noted: a number, or minus the number when undone."""
    return [n if n < 128 else -(n - 128) for n in log[1 : log[0] + 1]]


class Noted:
    """Says when it dies."""

    def __init__(self, name, notes):
        self.name, self.notes = name, notes

    def __del__(self):
        self.notes.append(self.name)


@isolated
def test_words_and_operations_in_order():
    items, log = [1, 2, 3], bytearray(100)
    trial = Trial([])
    for number in (1, 2, 3):
        trial.operation(log, number)
    trial.exchange(items, 0, "one")
    trial.exchange(items, 2, "three")
    assert items == [1, 2, 3] and entries(log) == [] and trial.size() == (2, 3, 0)
    trial.commit()
    assert items == ["one", 2, "three"] and entries(log) == [1, 2, 3]
    trial.undo()
    assert items == [1, 2, 3] and entries(log) == [1, 2, 3, -3, -2, -1]
    trial.commit()
    trial.release()
    assert items == ["one", 2, "three"] and entries(log) == [1, 2, 3, -3, -2, -1, 1, 2, 3]
    assert sys.getrefcount(log) == 2 and trial.size() == (0, 0, 0)


@isolated
def test_what_is_dropped_and_when():
    """Nothing dies before release(): a finalizer is Python code. Then what was replaced dies, or what was to come."""
    notes = []
    for way, expected in (("dropped", ["new"]), ("undone", ["new"]), ("committed", ["old"])):
        items = [Noted("old", notes)]
        trial = Trial([])
        trial.exchange(items, 0, Noted("new", notes))
        if way != "dropped":
            trial.commit()
        if way == "undone":
            trial.undo()
        assert notes == []
        trial.release()
        assert notes == expected, way
        assert items[0].name == ("new" if way == "committed" else "old")
        items.clear()
        assert sorted(notes) == ["new", "old"]
        notes.clear()
        del trial


@isolated
def test_a_finalizer_may_begin_another_trial():
    class Restless:
        def __del__(self):
            inner.exchange(others, 0, "again")
            inner.commit()
            inner.release()

    items, others = [Restless()], [0]
    inner, trial = Trial([]), Trial([])
    trial.exchange(items, 0, None)
    trial.commit()
    trial.release()
    assert items == [None] and others == ["again"]


@isolated
def test_the_same_reference_again_and_again():
    """A thousand commits and undos change no count."""
    first, second = object(), object()
    items = [first, second] * 50
    counts = sys.getrefcount(first), sys.getrefcount(second)
    trial = Trial([])
    for i in range(0, 100, 2):
        trial.exchange(items, i, second)
    for _ in range(1000):
        trial.commit()
        assert items[0] is second
        trial.undo()
        assert items[0] is first
    trial.release()
    assert (sys.getrefcount(first), sys.getrefcount(second)) == counts


# ---- word for word -----------------------------------------------------------------------------------------------------


def memory(thing):
    """The words of an object but for its own count, which whoever looks changes, and a dict's version, which is new each time."""
    size = max(type(thing).__basicsize__, 16)
    words = list((ctypes.c_size_t * (size // 8)).from_address(id(thing)))
    del words[0]
    if isinstance(thing, dict):
        del words[2]
    return words


def build(old, other):
    class Plain:
        pass

    thing = Plain()
    thing.a, thing.b = old, [other]
    held = [{old: 1, "x": other}, {old, other, 1}, frozenset([old, 5]), (old, other), [old], collections.deque([old])]
    held += [
        collections.OrderedDict({old: 1, other: 2}),
        functools.partial(old, other),
        types.MethodType(old, other),
        thing,
    ]
    held += [list[old], slice(old, other), property(old), weakref.ref(old), weakref.WeakKeyDictionary({old: 1})]
    cache = functools.lru_cache(8)(lambda key: key)
    cache(old)
    return [*held, cache, Plain, thing.__dict__, {(old, 1): other}]


@isolated
def test_undo_leaves_every_word_as_it_was():
    flip = Flip()
    held = flip.hold(build)
    everything = [*held, *(part for thing in held for part in gc.get_referents(thing) if not isinstance(part, type))]
    everything = [thing for thing in everything if gc.is_tracked(thing)]
    before = [memory(thing) for thing in everything]
    trial = flip.plan()
    assert [memory(thing) for thing in everything] == before, "planning wrote"
    for _ in range(3):
        trial.commit()
        assert [memory(thing) for thing in everything] != before
        trial.undo()
        assert [memory(thing) for thing in everything] == before
    trial.release()
    assert [memory(thing) for thing in everything] == before


@isolated
def test_any_order_of_commits_and_undos():
    @settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(0, 19), unique=True), st.integers(0, 4), st.booleans())
    def check(places, turns, kept):
        before = [object() for _ in range(20)]
        items, fresh = list(before), [object() for _ in range(20)]
        counts = [sys.getrefcount(thing) for thing in before]
        trial = Trial([])
        for place in places:
            trial.exchange(items, place, fresh[place])
        for _ in range(turns):
            trial.commit()
            trial.undo()
        if kept:
            trial.commit()
        trial.release()
        expected = [fresh[i] if kept and i in places else before[i] for i in range(20)]
        assert all(map(operator.is_, items, expected))
        del expected
        assert [sys.getrefcount(thing) for thing in before] == [
            n - (kept and i in places) for i, n in enumerate(counts)
        ]

    check()


# ---- what is remembered about a dict or a class ------------------------------------------------------------------------


@isolated
def test_cached_look_ups_are_forgotten():
    """Globals, builtins, class attributes, attributes of modules: read by code that is specialised for what it found."""
    flip = Flip()
    module = types.ModuleType("example")
    space = {
        "value": flip.old[0],
        "__builtins__": {"built": flip.old[0], "__name__": "x"},
        "module": module,
        "kind": type("K", (), {}),
    }
    module.value, space["kind"].value = flip.old[0], flip.old[0]
    exec("def read():\n    return value, built, module.value, kind.value, kind().value\n", space)
    read = space["read"]
    for _ in range(200):
        assert read() == (flip.old[0],) * 5
    trial = flip.plan()
    for _ in range(3):
        trial.commit()
        assert read() == (flip.new[0],) * 5
        trial.undo()
        assert read() == (flip.old[0],) * 5
    trial.commit()
    trial.release()
    for _ in range(200):
        assert read() == (flip.new[0],) * 5


@isolated
def test_a_touched_dict_gets_a_version_never_used_before():
    if sys.version_info >= (3, 13):
        pytest.skip("dicts have no version any more")
    table = {"a": 1}

    def version():
        return ctypes.c_uint64.from_address(id(table) + 24).value

    seen = {version()}
    trial = Trial([])
    trial.touch(table)
    assert version() in seen
    for _ in range(5):
        trial.commit()
        assert version() not in seen
        seen.add(version())
        trial.undo()
        assert version() not in seen
        seen.add(version())
    trial.release()
    assert sys.getrefcount(table) == 2
    table["b"] = 2
    assert version() not in seen
