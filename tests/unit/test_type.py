"""type: classes outside the upgrade get new bases. What comes out must be, slot by slot, what the class statement would make now."""

import abc
import array
import collections
import collections.abc
import functools
import gc
import io
import itertools
import random
import threading
import weakref

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.isolated import isolated

testing = pytest.importorskip("midflight._testing")
Refused, Trial = testing.Refused, testing.Trial


def outcome(call):
    """What a call returns, or the name of what it raises."""
    try:
        return call()
    except Exception as error:
        return type(error).__name__


def plan(pairs, *classes):
    trial = Trial(list(pairs))
    for kind in classes:
        trial.rebase(kind)
    return trial


def move(pairs, *classes):
    trial = plan(pairs, *classes)
    trial.commit()
    trial.release()


def make_pair():
    class Old:
        def method(self):
            return 1

    class New:
        def method(self):
            return 2

        def __len__(self):
            return 7

        def __bool__(self):
            return False

        def __add__(self, other):
            return "sum"

        def __call__(self):
            return "called"

        def __eq__(self, other):
            return True

        def __getattr__(self, name):
            return "made " + name

        __hash__ = None

    return Old, New


@isolated
def test_an_instance_gets_the_new_methods_and_slots():
    Old, New = make_pair()

    class App(Old):
        pass

    class Below(App):
        def __len__(self):
            return 9

    app, below = App(), Below()
    assert outcome(lambda: app.nothing) == "AttributeError" and app.method() == 1  # so that both are cached
    trial = Trial([(Old, New)])
    assert (trial.lineage(App), trial.lineage(Below)) == (trial.lineage(App), 0) and trial.lineage(App) > 0
    trial.release()
    move([(Old, New)], App, Below)
    assert (app.method(), len(app), app + 1, app(), app == object(), bool(app)) == (2, 7, "sum", "called", True, False)
    assert outcome(lambda: hash(app)) == "TypeError" and app.nothing == "made nothing"
    assert len(below) == 9 and below() == "called"
    assert issubclass(Below, New) and not issubclass(Below, Old)
    assert New.__subclasses__() == [App] and Old.__subclasses__() == []
    assert App.__base__ is New and App.__bases__ == (New,) and App.__mro__ == (App, New, object)
    New.method = lambda self: 3
    assert app.method() == below.method() == 3
    New.__neg__ = lambda self: "negative"
    assert -below == "negative"
    move([(New, Old)], App, Below)
    assert app.method() == 1 and outcome(lambda: len(app)) == "TypeError" and hash(app) and len(below) == 9
    gone = weakref.ref(New)
    del New
    gc.collect()
    assert gone() is None


@isolated
def test_undo_is_exact():
    Old, New = make_pair()

    class App(Old):
        pass

    before = testing.type_words(App), App.__mro__, App.__bases__
    bases = App.__bases__
    trial = plan([(Old, New)], App)
    assert (testing.type_words(App), App.__mro__, App.__bases__) == before, "planning wrote"
    for _ in range(3):
        trial.commit()
        assert App().method() == 2
        trial.undo()
        assert App().method() == 1 and App.__bases__ is bases
    trial.release()
    assert (testing.type_words(App), App.__mro__, App.__bases__) == before
    assert Old.__subclasses__() == [App] and New.__subclasses__() == []


@isolated
def test_a_chain_of_old_and_new_through_the_application():
    class Old:
        pass

    class New:
        def __len__(self):
            return 3

    class Middle(Old):
        pass

    class Child(Middle):
        pass

    move([(Old, New)], Middle, Child)
    assert len(Child()) == 3


@isolated
def test_metaclasses():
    class OldMeta(type):
        pass

    class NewMeta(type):
        def __call__(cls, *args):
            return "made"

    class AppMeta(OldMeta):
        pass

    class Made(metaclass=AppMeta):
        pass

    assert isinstance(Made(), Made)
    move([(OldMeta, NewMeta)], AppMeta)
    assert Made() == "made"
    move([(NewMeta, OldMeta)], AppMeta)
    assert isinstance(Made(), Made)


@isolated
def test_patterns_know_the_new_kind():
    class Old(metaclass=abc.ABCMeta):  # noqa: B024
        pass

    class New(collections.abc.Sequence):
        def __len__(self):
            return 1

        def __getitem__(self, i):
            if i:
                raise IndexError
            return 5

    class App(Old):
        pass

    def matches(thing):
        match thing:
            case [5]:
                return True
        return False

    assert not matches(App())
    move([(Old, New)], App)
    assert matches(App.__new__(App))


@isolated
def test_abstract_methods_come_and_go():
    class Old(abc.ABC):  # noqa: B024
        pass

    class New(abc.ABC):
        @abc.abstractmethod
        def f(self):
            pass

        @property
        @abc.abstractmethod
        def g(self):
            pass

    class First(Old):
        def f(self):
            return 1

    class Second(First):
        g = 2

    move([(Old, New)], First, Second)
    assert First.__abstractmethods__ == {"g"} and Second.__abstractmethods__ == frozenset()
    assert outcome(First) == "TypeError" and Second().f() == 1
    trial = plan([(New, Old)], First, Second)
    trial.commit()
    assert First().f() == 1
    trial.undo()
    assert outcome(First) == "TypeError"
    trial.commit()
    trial.release()
    assert First().f() == 1 and Second().g == 2 and First.__abstractmethods__ == frozenset()


@isolated
def test_what_is_refused():
    class OwnOrder(type):
        def mro(cls):
            return super().mro()

    class Old:
        pass

    class New:
        pass

    class Abstract(abc.ABC):  # noqa: B024
        pass

    class Odd(Old, metaclass=OwnOrder):
        pass

    class App(Old):
        pass

    before = testing.type_words(App)
    for pair, kind, why in (
        ((Old, New), Odd, "resolution order"),
        ((Old, Abstract), App, "metaclass"),
        ((Old, print), App, "class"),
    ):
        trial = Trial([pair])
        with pytest.raises(Refused, match=why):
            trial.rebase(kind)
        trial.release()
    assert testing.type_words(App) == before and App.__mro__ == (App, Old, object)


@isolated
def test_layouts():
    class Empty:
        pass

    class Other:
        pass

    class A:
        __slots__ = ("a",)

    class AB:
        __slots__ = ("a", "b")

    class B:
        __slots__ = ("b",)

    class WithDict:
        __slots__ = ("a", "__dict__")

    class Integer(int):
        pass

    class Failure(Exception):
        pass

    class Below(A):
        __slots__ = ("b",)

    class Meta(abc.ABC):  # noqa: B024
        pass

    def same(old, partner, pairs=()):
        try:
            return Trial(list(pairs)).layout(old, partner) is None
        except Refused as refusal:
            assert "(no reason given)" not in str(refusal)
            return False

    for old, partner in ((A, AB), (A, B), (A, WithDict), (Empty, Integer), (Integer, Failure), (Empty, A)):
        assert not same(old, partner) and not same(partner, old), (old, partner)
    assert same(Empty, Other) and same(AB, Below), "the same words under the same names"
    second = type("A", (), {"__slots__": ("a",)})
    assert same(A, second) and same(second, A)
    assert same(Failure, type("Failure", (Exception,), {})) and same(Integer, type("Integer", (int,), {}))
    below = type("Below", (second,), {"__slots__": ("b",)})
    assert same(Below, below, [(A, second)]) and same(Empty, Meta) == same(Meta, Empty)


@pytest.mark.parametrize("base", [None, object, int, Exception, collections.abc.Sized])
@isolated
def test_lists_of_subclasses(base):
    """Under a class of the test, classes of the interpreter, and one of the standard library."""
    if base is None:

        class base:
            pass

    Sub = type(base)("Sub", (base,), {})
    known = len(base.__subclasses__())
    trial = Trial([])
    trial.hide(base, Sub)
    trial.hide(base, Sub)
    assert Sub in base.__subclasses__()
    trial.commit()
    assert Sub not in base.__subclasses__() and len(base.__subclasses__()) == known - 1
    trial.undo()
    assert len(base.__subclasses__()) == known
    trial.commit()
    trial.release()
    assert Sub not in base.__subclasses__()
    trial = Trial([])
    trial.show(base, Sub)
    trial.commit()
    trial.release()
    assert base.__subclasses__()[-1] is Sub
    trial = Trial([])
    trial.hide(base, Sub)
    trial.show(base, Sub)
    trial.hide(base, Sub)
    trial.commit()
    trial.release()
    gone = weakref.ref(Sub)
    del Sub
    gc.collect()
    assert gone() is None and len(base.__subclasses__()) == known - 1


@isolated
def test_a_list_of_subclasses_that_is_edited_twice():
    class Base:
        pass

    class First(Base):
        pass

    class Second(Base):
        pass

    kept = Trial([])
    kept.hide(Base, First)
    kept.commit()
    trial = Trial([])
    trial.hide(Base, Second)
    trial.show(Base, First)
    trial.commit()
    trial.release()
    assert Base.__subclasses__() == [First]
    kept.release()
    assert Base.__subclasses__() == [First]
    trial = Trial([])
    trial.hide(Base, First)
    trial.commit()
    trial.release()
    assert Base.__subclasses__() == []

    class Third(Base):
        pass

    assert Base.__subclasses__() == [Third]


@isolated
def test_nothing_is_left_by_plans():
    """Planned and dropped, committed and undone, committed: no class stays alive."""

    def one(way):
        Old, New = make_pair()

        class App(Old):
            pass

        trial = plan([(Old, New)], App)
        if way:
            trial.commit()
        if way == 1:
            trial.undo()
        trial.release()
        assert App().method() == (2 if way == 2 else 1)
        return [weakref.ref(kind) for kind in (Old, New, App)]

    gone = [ref for i in range(150) for ref in one(i % 3)]
    gc.collect()
    assert not [ref for ref in gone if ref()]


# ---- any classes at all ------------------------------------------------------------------------------------------------

NAMES = """getattribute getattr setattr delattr repr hash call str lt le eq ne gt ge iter next get set delete init new del buffer
await aiter anext add radd sub rsub mul rmul mod rmod divmod rdivmod pow rpow neg pos abs bool invert lshift rshift and xor or int float
iadd isub imul imod ipow ilshift iand ixor ior floordiv truediv ifloordiv itruediv index matmul rmatmul imatmul len getitem setitem
delitem contains reversed class_getitem foo bar"""
NAMES = [f"__{name}__" for name in NAMES.split()]
C_BASES = [object] * 8 + [
    dict,
    list,
    int,
    str,
    tuple,
    Exception,
    OSError,
    set,
    frozenset,
    functools.partial,
    collections.deque,
]
C_BASES += [
    collections.OrderedDict,
    bytearray,
    bytes,
    float,
    complex,
    property,
    collections.defaultdict,
    io.StringIO,
    io.BytesIO,
]
C_BASES += [
    threading.local,
    type,
    array.array,
    collections.abc.Mapping,
    collections.abc.Sequence,
    collections.abc.Hashable,
]
C_BASES += [itertools.count, staticmethod, super, weakref.ref]
SLOTS = [
    (name, value)
    for kind in (
        object,
        dict,
        list,
        int,
        str,
        tuple,
        set,
        float,
        bytes,
        type,
        collections.deque,
        functools.partial,
        property,
    )
    for name, value in vars(kind).items()
    if type(value).__name__ == "wrapper_descriptor"
]


class Mixin:
    pass


def make_function(name):
    if name == "__getattribute__":
        return lambda self, *args: object.__getattribute__(self, *args)
    if name in ("__setattr__", "__delattr__"):
        return lambda self, *args: getattr(object, name)(self, *args)
    return lambda self, *args, **kwargs: NotImplemented


def make_value(chance, name):
    """What a class may have under a special name: a function, a slot of another class, None, a descriptor, anything."""
    way = chance.random()
    if name == "__new__":
        return (
            staticmethod(make_function(name))
            if way < 0.7
            else object.__new__
            if way < 0.9
            else functools.partial(print)
        )
    if name in ("__getattribute__", "__init__", "__del__"):
        return make_function(name)
    if way < 0.6:
        function = make_function(name)
        if chance.random() < 0.3:
            function = abc.abstractmethod(function)
        return chance.choice([property, classmethod, staticmethod])(function) if chance.random() < 0.1 else function
    if way < 0.7:
        return None
    if way < 0.9:
        return chance.choice([value for known, value in SLOTS if known == name] or [chance.choice(SLOTS)[1]])
    return chance.choice([property(len), classmethod(len), len, 5, functools.partial(len)])


def make_space(chance, most=6):
    return {name: make_value(chance, name) for name in chance.choices(NAMES, k=chance.choice([0, 0, 1, 1, 2, 3, most]))}


def make_class(name, bases, space):
    """A class of the metaclass that the bases ask for; None when there is none like it."""
    try:
        return type(type("x", bases, {}))(name, bases, dict(space))
    except TypeError:
        return None


class Family:
    """A library in two versions, and an application's classes below it."""

    def __init__(self, seed):
        chance = self.chance = random.Random(seed)
        self.old, self.new, self.apps, self.spaces = [], [], [], {}
        below, slots = chance.choice(C_BASES), chance.random() < 0.3
        for i in range(chance.randint(1, 4)):
            self.add_library(f"L{i}", below, {"__slots__": ()} if slots else {})
        for i in range(chance.randint(1, 6) if self.old else 0):
            self.add_application(f"A{i}")

    def add_library(self, name, below, slots):
        chance = self.chance
        picked = chance.sample(range(len(self.old)), min(len(self.old), chance.choice([0, 1, 1, 2])))
        more = [below] if chance.random() < 0.8 or not picked else []
        more = [kind for kind in more if not any(issubclass(self.old[i], kind) for i in picked)]
        first = {**make_space(chance), **slots}
        second = {**(first if chance.random() < 0.4 else {}), **make_space(chance), **slots}
        bases = [tuple([*(versions[i] for i in picked), *more]) or (object,) for versions in (self.old, self.new)]
        if chance.random() < 0.2:
            bases[1] = bases[1][::-1]
        made = make_class(name, bases[0], first), make_class(name, bases[1], second)
        if all(made):
            self.old.append(made[0])
            self.new.append(made[1])

    def add_application(self, name):
        chance = self.chance
        pool = self.old + self.apps
        bases = chance.sample(pool, min(len(pool), chance.choice([1, 1, 1, 2, 2, 3])))
        if chance.random() < 0.3:
            bases.insert(chance.randint(0, len(bases)), chance.choice([Mixin, collections.abc.Sized, dict, object]))
        space = make_space(chance)
        if chance.random() < 0.3:
            space["__slots__"] = chance.choice([(), (), ("q", "r")])
        made = make_class(name, tuple(bases), space)
        if made:
            self.apps.append(made)
            self.spaces[made] = space

    def made_now(self):
        """The application's classes, made again below the new version; None when Python refuses one."""
        partners = dict(zip(self.old, self.new, strict=True))
        fresh = {}
        for app in self.apps:
            space = {name: value for name, value in self.spaces[app].items() if name != "__hash__"}
            if "__hash__" in vars(app):
                space["__hash__"] = vars(app)["__hash__"]
            bases = tuple(fresh.get(base) or partners.get(base) or base for base in app.__bases__)
            fresh[app] = make_class(app.__name__, bases, space)
            if not fresh[app]:
                return None
            if "__hash__" in vars(fresh[app]) and "__hash__" not in vars(app):
                type.__delattr__(
                    fresh[app], "__hash__"
                )  # __eq__ set it to None: that is the class statement's, not the base's
        return fresh


def look(kind):
    return {
        **testing.type_words(kind),
        "bases": kind.__bases__,
        "mro": kind.__mro__,
        "base": kind.__base__,
        "abstract": vars(kind).get("__abstractmethods__"),
    }


def compare(app, fresh, others):
    """The differences between a class that was moved and one that was made."""
    moved, made = look(app), look(fresh)
    back = {value: key for key, value in others.items()}
    made["mro"] = tuple(back.get(kind, kind) for kind in made["mro"])
    made["bases"] = tuple(back.get(kind, kind) for kind in made["bases"])
    made["base"] = back.get(made["base"], made["base"])
    for where in (moved, made):
        del where["tp_base"]
    return {key: (moved[key], made[key]) for key in moved if moved[key] != made[key]}


@isolated
def test_any_family_of_classes():
    counts = collections.Counter()

    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32))
    def check(seed):
        gc.disable()
        family = Family(seed)
        if not family.apps:
            return
        everything = {*family.old, *family.new, *family.apps}

        def subclasses():
            return {kind: sorted(map(id, type.__subclasses__(kind))) for kind in everything}

        before, lists = {app: look(app) for app in family.apps}, subclasses()
        pairs = list(zip(family.old, family.new, strict=True))
        try:
            trial = plan(pairs, *family.apps)
        except Refused:
            counts["refused"] += 1
            assert {app: look(app) for app in family.apps} == before
            return
        trial.commit()
        trial.undo()
        trial.release()
        assert {app: look(app) for app in family.apps} == before and subclasses() == lists
        fresh = family.made_now()
        if fresh is None:
            counts["impossible"] += 1
            return
        move(pairs, *family.apps)
        for app in family.apps:
            counts["compared"] += 1
            assert compare(app, fresh[app], fresh) == {}, app.__mro__
            assert all(app in type.__subclasses__(base) for base in app.__bases__)
            assert not any(app in type.__subclasses__(old) for old in family.old)
        gc.enable()
        gc.collect()

    check()
    assert counts["compared"] > 100, counts
