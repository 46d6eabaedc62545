"""rebuild: an object of another layout takes an instance's place, with all that the instance was; and back again."""

import collections
import dataclasses
import gc
import io
import sys
import typing
import weakref

import pytest

from tests.support.isolated import isolated

testing = pytest.importorskip("midflight._testing")


def attributes(thing):
    """Everything that an instance has by name, its payload, and how it looks."""
    seen = dict(getattr(thing, "__dict__", {}))
    for kind in type(thing).__mro__:
        for name, member in vars(kind).items():
            if type(member).__name__ == "member_descriptor" and kind.__module__ == __name__ and hasattr(thing, name):
                seen[name] = getattr(thing, name)
    return seen


def payload(thing):
    for base in (dict, list, set, frozenset, bytearray, tuple, int, float, complex, str, bytes, collections.deque):
        if isinstance(thing, base):
            return (
                [*thing.items()] if base is dict else list(thing) if base not in (int, float, complex) else base(thing)
            )
    if isinstance(thing, BaseException):
        return (
            thing.args,
            thing.__cause__,
            thing.__context__,
            thing.__traceback__,
            thing.__suppress_context__,
            getattr(thing, "__notes__", None),
        )
    return None


def make(base, slots=None, **body):
    """A class statement; slots None: a __dict__."""
    return type("Thing", (base,), body if slots is None else {"__slots__": slots, **body})


def both_ways(old, new, make_one, expected=None, droppable=None):
    """The replacement is what it must be, and an undo leaves the instance as it was, with every reference."""
    thing = make_one()
    was, kind = (attributes(thing), payload(thing)), type(thing)
    extra = [droppable] if droppable is not None else []
    probes = [value for value in attributes(thing).values() if not isinstance(value, int)]
    counts = [sys.getrefcount(probe) for probe in probes]
    (made,) = testing.rebuild([thing], new, "cu", *extra)
    assert type(made) is new and type(thing) is kind and (attributes(thing), payload(thing)) == was
    del made
    gc.collect()
    assert [sys.getrefcount(probe) for probe in probes] == counts, "an undone one left references"
    (made,) = testing.rebuild([thing], new, "cuc", *extra)
    assert type(made) is new
    assert attributes(made) == (was[0] if expected is None else expected), attributes(made)
    assert payload(made) == was[1]
    del thing
    gc.collect()
    assert attributes(made) == (was[0] if expected is None else expected)
    if expected is None:
        assert [sys.getrefcount(probe) for probe in probes] == counts, "references were lost or added"
    return made


def fill(thing, **values):
    for name, value in values.items():
        setattr(thing, name, value)
    return thing


VALUES = {"a": [1], "b": (2,), "c": {"x": 3}}

# name: old slots, new slots, attributes set, what the new one has (None: all)
SLOTS = {
    "added": (("a",), ("a", "b"), "a", None),
    "removed": (("a", "b"), ("a",), "ab", "a"),
    "reordered": (("a", "b", "c"), ("c", "a", "b"), "abc", None),
    "renamed": (("a", "b"), ("a", "z"), "ab", "a"),
    "unset": (("a", "b"), ("b", "a", "c"), "b", None),
    "none set": (("a", "b"), ("b", "a", "c"), "", None),
    "to dict": (("a", "b"), None, "ab", None),
    "from dict": (None, ("a", "b", "c"), "abc", None),
    "dict beside": (("a",), ("a", "__dict__"), "a", None),
    "dict gone": (("a", "__dict__"), ("a", "b", "c"), "abc", None),
    "slot beside dict": (None, ("a", "__dict__"), "abc", None),
    "slot out of dict": (("a", "__dict__"), ("b", "__dict__"), "abc", None),
    "weak references": (("a",), ("a", "__weakref__"), "a", None),
    "no weak references": (("a", "__weakref__"), ("a",), "a", None),
    "dict and weak references": (("a",), ("__dict__", "__weakref__"), "a", None),
    "from nothing": ((), ("a",), "", None),
    "to nothing": (("a",), (), "a", ""),
    "dict to nothing": (None, (), "", ""),
}


@pytest.mark.parametrize("way", SLOTS)
def test_slots(way):
    old_slots, new_slots, names, kept = SLOTS[way]
    old, new = make(object, old_slots), make(object, new_slots)
    values = {name: VALUES[name] for name in names}
    expected = None if kept is None else {name: VALUES[name] for name in kept}
    made = both_ways(old, new, lambda: fill(old(), **values), expected)
    if new_slots is None or "__dict__" in new_slots:
        made.later = 5
        assert made.later == 5
    for slot in ("a", "b"):
        if new_slots and slot in new_slots:
            setattr(made, slot, 7)
            assert getattr(made, slot) == 7


@pytest.mark.parametrize("way", [way for way in SLOTS if SLOTS[way][0] is None or "__dict__" in SLOTS[way][0]])
def test_dict_that_was_asked_for(way):
    """The __dict__ object of an instance is the same afterwards, with what it must contain."""
    old_slots, new_slots, names, kept = SLOTS[way]
    old, new = make(object, old_slots), make(object, new_slots)
    values = {name: VALUES[name] for name in names}
    expected = None if kept is None else {name: VALUES[name] for name in kept}

    def make_one():
        thing = fill(old(), **values)
        vars(thing)
        return thing

    both_ways(old, new, make_one, expected)
    thing = make_one()
    held, was = vars(thing), dict(vars(thing))
    if new_slots is None or "__dict__" in new_slots:
        (made,) = testing.rebuild([thing], new, "cu")
        assert vars(thing) is held and held == was
        (made,) = testing.rebuild([thing], new, "c")
        assert vars(made) is held and not set(held) & set(new_slots or ())
        made.fresh = 1
        assert held["fresh"] == 1


def test_property_in_the_way():
    """An attribute that the new class shadows with a property lies behind it; the property is not called."""
    old, new = make(object, ("a", "b")), make(object, None, a=property(lambda self: vars(self)["a"] + 1))
    (made,) = testing.rebuild([fill(old(), a=1, b=2)], new, "c")
    assert vars(made) == {"a": 1, "b": 2} and made.a == 2


def test_no_code_of_the_classes_runs():
    calls = []

    def noisy(name):
        return lambda *args, **kwargs: calls.append(name)

    body = {name: noisy(name) for name in ("__init__", "__setattr__", "__getattribute__", "__del__", "__eq__")}
    old = make(object, ("a", "b"), **body)
    new = make(object, ("b", "a", "c", "__dict__"), **body, __new__=noisy("__new__"))
    thing = object.__new__(old)
    object.__setattr__(thing, "a", 1)
    (made,) = testing.rebuild([thing], new, "cuc")
    assert object.__getattribute__(made, "a") == 1
    del thing
    gc.collect()
    assert not calls
    del made
    assert calls == ["__del__"]


@pytest.mark.parametrize("base", [object, int, float, str, bytes, tuple, frozenset, Exception])
def test_every_instance_is_known_to_the_collector(base):
    """However small: so a walk over the collector's lists misses none."""
    assert gc.is_tracked(make(base, ())())


BUILTINS = {
    "int": (int, (10**40,)),
    "small int": (int, (5,)),
    "float": (float, (1.5,)),
    "complex": (complex, (1, 2)),
    "str": (str, ("text",)),
    "wide str": (str, ("t\u20ac\U0001f600",)),
    "bytes": (bytes, (b"bytes",)),
    "tuple": (tuple, ([1, [2], "three"],)),
    "list": (list, ([1, [2], "three"],)),
    "dict": (dict, ({"a": [1], (1, 2): 3},)),
    "set": (set, ([1, "two", (3,)],)),
    "large set": (set, (range(100),)),
    "frozenset": (frozenset, ([1, "two", (3,)],)),
    "bytearray": (bytearray, (b"bytes",)),
    "deque": (collections.deque, (range(200), 150)),
    "OrderedDict": (collections.OrderedDict, ([("z", 1), ("a", 2), (5, 3)],)),
    "defaultdict": (collections.defaultdict, (list, {"a": [1]})),
    "Exception": (Exception, ("message", 5)),
    "OSError": (OSError, (2, "no such file", "name")),
    "KeyError": (KeyError, ("key",)),
    "UnicodeDecodeError": (UnicodeDecodeError, ("utf-8", b"abc", 1, 2, "reason")),
}


@pytest.mark.parametrize("name", BUILTINS)
def test_builtin_gains_and_loses_dict(name):
    base, args = BUILTINS[name]
    plain, rich = make(base, ()), make(base, None, extra=1)
    both_ways(plain, rich, lambda: plain(*args))
    if not issubclass(base, BaseException) and base is not collections.OrderedDict:
        both_ways(rich, plain, lambda: fill(rich(*args), z=[1]), {}, {"z"})
    made = both_ways(rich, make(base, None, other=1), lambda: fill(rich(*args), z=[1]))
    made.y = 2
    assert made.z == [1] and made.y == 2


@pytest.mark.parametrize(
    "name", ["str", "list", "dict", "set", "deque", "OrderedDict", "Exception", "OSError", "bytearray"]
)
def test_builtin_gains_slots(name):
    base, args = BUILTINS[name]
    rich, slotted = make(base), make(base, ("z", "y"))
    made = both_ways(rich, slotted, lambda: fill(rich(*args), z=[1]))
    made.y = 2
    assert made.z == [1] and made.y == 2
    both_ways(slotted, make(base, ("y", "x", "z")), lambda: fill(slotted(*args), z=[1]))


def test_mutable_payload_is_the_same_table():
    """Iterators that are under way would go on: nothing is rebuilt, the table itself moves."""
    old, new = make(dict), make(dict, ("z",))
    thing = old((i, i) for i in range(50))
    for i in range(0, 50, 3):
        del thing[i]
    size = sys.getsizeof(dict(thing))
    order = list(thing)
    (made,) = testing.rebuild([thing], new, "c")
    assert list(made) == order and not thing and sys.getsizeof(dict(made)) == size
    made["more"] = 1
    thing["old"] = 2
    assert "old" not in made and "more" not in thing
    old, new = make(set), make(set, ("z",))
    for n in (0, 3, 300):
        thing = old(range(n))
        order = list(thing)
        (made,) = testing.rebuild([thing], new, "cuc")
        assert list(made) == order and list(thing) == []
        made.add(-5)
        thing.add(-6)
        assert made == {*range(n), -5} and thing == {-6}


def test_exceptions_keep_everything():
    old, new = make(Exception), make(ValueError, ("code",))
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            problem = old("outer", 1)
            problem.code = 7
            problem.add_note("note")
            raise problem from inner
    except old as outer:
        thing = outer
    notes, traceback = thing.__notes__, thing.__traceback__
    (made,) = testing.rebuild([thing], new, "cuc")
    assert made.args == ("outer", 1) and made.code == 7 and made.__notes__ is notes and made.__traceback__ is traceback
    assert isinstance(made.__cause__, KeyError) and made.__suppress_context__
    assert thing.args == () and thing.__traceback__ is None
    oserror = make(OSError)
    (made,) = testing.rebuild([oserror(2, "text", "file")], make(Exception), "c")
    assert made.args == (2, "text")
    (made,) = testing.rebuild([make(Exception)("text")], oserror, "c")
    assert made.args == ("text",) and made.errno is None and str(made) == "text"


def test_named_tuples():
    old = collections.namedtuple("Row", "a b c")
    held = [], {}, (1,)
    row = old(*held)
    new = collections.namedtuple("Row", "c d a", defaults=[None, None])
    (made,) = testing.rebuild([row], new, "cuc")
    assert type(made) is new and made == (held[2], None, held[0]) and row == held and made.c is held[2]

    class typed(typing.NamedTuple):
        a: int
        b: int
        c: int

    (made,) = testing.rebuild([row], typed, "c")
    assert made == row and made.a is held[0]
    with pytest.raises(testing.NotRebuilt, match="field 'd', which has no default"):
        testing.rebuild([row], collections.namedtuple("Row", "a b c d"), "c")
    strange = tuple.__new__(old, (1, 2))
    (made,) = testing.rebuild([strange], new, "c")
    assert made == (1, 2)


def test_dataclasses():
    plain = dataclasses.make_dataclass("Point", ["x", "y"])
    slotted = dataclasses.make_dataclass("Point", ["y", "x"], slots=True)
    for one, other in ((plain, slotted), (slotted, plain)):
        (made,) = testing.rebuild([one(x=1, y=2)], other, "cuc")
        assert made == other(x=1, y=2)
    frozen = dataclasses.make_dataclass("Point", ["x", "y"], slots=True, frozen=True)
    (made,) = testing.rebuild([plain(x=1, y=2)], frozen, "c")
    assert made == frozen(1, 2)


def test_inheritance():
    """Slots of bases, a private name, a name that two classes repeat."""
    below = make(object, ("a", "__hidden"))
    old = type("Thing", (below,), {"__slots__": ("b", "a")})
    base = make(object, ("c", "__hidden", "a"))
    new = type("Thing", (base,), {"__slots__": ("a", "b")})
    thing = old()
    thing.a, thing.b = "outer", "b"
    below.__dict__["a"].__set__(thing, "inner")
    (made,) = testing.rebuild([thing], new, "cuc")
    assert (made.a, made.b) == ("outer", "b") and base.__dict__["a"].__get__(made) == "inner"


def test_refusals():
    thing = fill(make(object)(), a=1, other=2)
    with pytest.raises(testing.NotRebuilt, match="attribute 'other', for which"):
        testing.rebuild([thing], make(object, ("a",)), "c", {"a"})
    with pytest.raises(testing.NotRebuilt, match="makes a int, and those of the new version a float"):
        testing.rebuild([make(int)(5)], make(float), "c")
    slotted = make(object, ("a", "__weakref__"))()
    ref = weakref.ref(slotted)
    with pytest.raises(testing.NotRebuilt, match="weak references"):
        testing.rebuild([slotted], make(object, ("a",)), "c")
    assert ref() is slotted
    with pytest.raises(testing.NotRebuilt, match="native state"):
        testing.rebuild([make(io.BytesIO)()], make(io.BytesIO, ()), "c")
    with pytest.raises(testing.NotRebuilt, match="metaclass"):
        testing.rebuild([make(type)("x", (), {})], make(type), "c")


def test_finalizers():
    """Whichever of the two dies first, __del__ runs once, for the one in use; one that had run does not run again."""
    log = []
    old = make(object, ("a",), __del__=lambda self: log.append(("old", self.a)))
    new = make(object, ("a", "b"), __del__=lambda self: log.append(("new", self.a)))
    thing = fill(old(), a=1)
    made = testing.rebuild([thing], new, "c")
    del thing
    assert not log
    made.clear()
    assert log == [("new", 1)]
    thing = fill(old(), a=2)
    made = testing.rebuild([thing], new, "cu")
    made.clear()
    assert log == [("new", 1)]
    del thing
    assert log[1:] == [("old", 2)]


@isolated
def test_many_and_their_memory():
    """No leaks, in whatever order it is committed and undone."""
    old, new = make(object, ("a", "b")), make(object, ("b", "c"))
    token = object()
    things = [fill(old(), a=token, b=[token]) for _ in range(200)]
    before = sys.getrefcount(token)
    for steps in ("", "cu", "cucu"):
        testing.rebuild(things, new, steps)
        gc.collect()
        assert sys.getrefcount(token) == before
    made = testing.rebuild(things, new, "c")
    assert all(one.b == [token] and not hasattr(one, "a") for one in made)
    del things, made
    gc.collect()
    assert sys.getrefcount(token) == before - 400
