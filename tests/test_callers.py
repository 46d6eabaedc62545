"""An upgrade below a special method, property or callback of the package: C code that called it owns a reference that no
walk sees. The calls of the thread itself never end by waiting, and another's may not."""

import textwrap

import pytest

from tests.support import program

LIB = """
import functools, io
go = None

def at_last():
    if go:
        go()
    return {n}

class Meta(type):
    def __call__(cls, *args):
        at_last()
        return super().__call__(*args)
    def __getattr__(cls, name):
        if name != "magic":
            raise AttributeError(name)
        return at_last()

class Made(metaclass=Meta):
    pass

class Thing:
    def __init__(self, go=False): go and at_last()
    def __call__(self, *args): return at_last()
    def __getattr__(self, name):
        if name != "magic":
            raise AttributeError(name)
        return at_last()
    def __getitem__(self, key): return at_last()
    def __setitem__(self, key, value): at_last()
    def __eq__(self, other): return at_last() > 0
    def __hash__(self): return at_last()
    def __lt__(self, other): return at_last() > 0
    def __iter__(self): return iter([at_last()])
    def __bool__(self): return at_last() > 0
    def __len__(self): return at_last()
    def __contains__(self, key): return at_last() > 0
    def __repr__(self): return str(at_last())
    def __add__(self, other): return at_last()
    def __radd__(self, other): return at_last()
    def __index__(self): return at_last()
    def __setattr__(self, name, value):
        at_last()
        object.__setattr__(self, name, value)
    @property
    def part(self): return at_last()
    @functools.cached_property
    def cached(self): return at_last()

class Plain:
    @property
    def part(self): return at_last()
    @part.setter
    def part(self, value): at_last()
    @part.deleter
    def part(self): at_last()

class Endless:
    def __iter__(self): return self
    def __next__(self): return at_last()

class Fallback:
    @property
    def part(self):
        at_last()
        raise AttributeError("part")
    def __getattr__(self, name): return name, {n}

class Binding:
    def __get__(self, instance, owner): return self if instance is None else at_last()
    def __set__(self, instance, value): at_last()

class Bound:
    binding = Binding()

class Beyond(Bound, Plain):
    @property
    def part(self): return super().part
    def bound(self): return super().binding

class Closing:
    def __del__(self): at_last()

class Closed(io.RawIOBase):
    def close(self):
        at_last()
        super().close()

class Undead:
    pass

def callback(*args):
    return at_last()

def version(): return {n}
"""
LIB = {n: {"lib.py": LIB.replace("{n}", n)} for n in "12"}

WAYS = """
Thing(True)
Thing()(1)
list(map(Thing(), [1]))
Thing().magic
getattr(Thing(), "magic")
Thing()[0]
exec("Thing()[0] = 1")
Thing() == 1
{Thing(): 1}.get(Thing())
{Thing()} & {Thing()}
sorted([Thing(), Thing()])
list(Thing())
not Thing()
len(Thing())
1 in Thing()
repr(Thing())
Thing() + 1
1 + Thing()
[1, 2, 3][Thing()]
exec("Thing().a = 1")
setattr(Thing(), "a", 1)
Thing().part
Thing().cached
Plain().part
exec("Plain().part = 1")
exec("del Plain().part")
next(Endless())
list(zip(Endless(), [1, 2]))
Bound().binding
exec("Bound().binding = 1")
Beyond().part
Beyond().bound()
often(lambda: Beyond().part)
often(lambda: Beyond().bound())
Made()
Made.magic
Closing() and None
Closed() and None
dying(Undead())
dead(callback)
thing_dead(callback)
thing_dead(lib.at_last)
finalized(callback)
signalled(callback)
contextvars.copy_context().run(Thing())
""".strip().splitlines()

ELSEWHERE = (
    "Thing()(1)",
    "Thing(True)",
    "next(Endless())",
    "Thing().part",
    'exec("Plain().part = 1")',
    "Beyond().part",
    "often(lambda: Beyond().part)",
    "Closing() and None",
)

SCRIPT = """
import contextvars, faulthandler, gc, signal, weakref
import lib
from lib import *
from lib import callback, version

def dead(callback):
    class Gone:
        pass
    ref = weakref.ref(gone := Gone(), callback)
    del gone

def thing_dead(function):
    ref = weakref.ref(undead := Undead(), lambda ref: function())
    del undead

def finalized(callback):
    weakref.finalize(undead := Undead(), callback)
    del undead

def signalled(callback):
    before = signal.signal(signal.SIGUSR1, callback)
    os.kill(os.getpid(), signal.SIGUSR1)
    [None for _ in range(1000)]
    signal.signal(signal.SIGUSR1, before)

def often(get):  # CPython specialises what it executes
    go, lib.go = lib.go, None
    for _ in range(60):
        get()
    lib.go = go
    get()

def dying(undead):
    Undead.__del__ = lambda self: lib.at_last()
    del undead
    gc.collect()
    del Undead.__del__

def next_version():
    return "12"[lib.version() % 2]

def see(expected):
    assert {version(), lib.version(), Thing.__len__(Thing())} == {expected}
    gc.collect()
    assert not [old for old in gc.get_objects() if type(old) is type(lib) and old.__name__ == "lib" and old is not lib]
"""


@pytest.fixture
def run(tmp_path, midflight):
    return lambda script: program.run(tmp_path, {"lib": LIB}, SCRIPT + script)


def test_upgrade_below_a_method_that_c_code_called(run):
    run(
        f"""
for way in {WAYS!r}:
    reports, wanted = [], next_version()
    install("lib", wanted)
    def go():
        lib.go = None
        reports.append(midflight.upgrade("lib", wait=2))
    lib.go = go
    exec(way)
    assert len(reports) == 1 and reports[0].upgraded, way
    if way == "Thing()(1)":
        assert "lib.Thing.__call__: held by a call of it that is under way" in reports[0].old_generation, reports
    see(int(wanted))
"""
    )


def test_upgrade_while_another_thread_is_below_such_a_method(run):
    run(
        f"""
for way in {ELSEWHERE!r}:
    wanted, inside, leave = next_version(), threading.Event(), threading.Event()
    def go():
        lib.go = None
        inside.set()
        assert leave.wait(60)
    lib.go = go
    thread = threading.Thread(target=exec, args=(way, globals()))
    thread.start()
    assert inside.wait(60)
    install("lib", wanted)
    report = midflight.upgrade("lib", wait=2)
    assert report.upgraded, way
    leave.set()
    thread.join()
    del thread
    see(int(wanted))
"""
    )


def test_the_lookup_goes_on_in_the_new_class(run):
    """The slot still has the old __getattr__ in hand, and calls it when the property says that there is no such thing."""
    run(
        """
install("lib", "2")
lib.go = lambda: (setattr(lib, "go", None), midflight.upgrade("lib", wait=2))
assert Fallback().part == ("part", 2)
see(2)
"""
    )


def test_an_instance_that_is_being_made_is_not_cut_off(tmp_path, midflight):
    """type(...) compares what __new__ returned with the class it was called with: refused, and __init__ runs."""
    source = """
        go = None
        class Made:
            def __new__(cls):
                go and go()
                return object.__new__(cls)
            def __init__(self):
                self.made = {n}
        """
    trees = {"lib": {n: {"lib.py": source.replace("{n}", n)} for n in "12"}}
    script = """
        import lib
        install("lib", "2")
        def go():
            try:
                midflight.upgrade("lib", wait=0.3)
            except midflight.UpgradeRefused as refusal:
                assert {reason.code for reason in refusal.reasons} == {"busy", "native-holder"}, refusal
        lib.go = go
        assert lib.Made().made in (1, 2)
        """
    program.run(tmp_path, trees, script)


MADE = """
    go = None
    class Single:
        one = None
        def __new__(cls):
            go and go()
            if cls.one is None:
                cls.one = object.__new__(cls)
            return cls.one
        def version(self): return {n}
    class Text(str):
        def __new__(cls, text):
            go and go()
            return str.__new__(cls, text)
        def version(self): return {n}
    class Pair(tuple):
        def __new__(cls, *items):
            made = super().__new__(cls, items)
            go and go()
            return made
        def version(self): return {n}
    class Base:
        def __new__(cls):
            made = object.__new__(cls)
            go and go()
            return made
        def __init__(self): pass
        def version(self): return {n}
    class Chosen:
        def __new__(cls):
            go and go()
            cls = Choice
            return object.__new__(cls)
        def version(self): return {n}
    class Choice(Chosen):
        def __init__(self): self.chosen = True
    def version(): return {n}
    """


def test_an_instance_is_made_of_a_class_that_needs_no_init(tmp_path, midflight):
    """Or that stays where it is, a class of the program: then __init__ runs as ever."""
    trees = {"lib": {n: {"lib.py": MADE.replace("{n}", n)} for n in "12"}}
    script = """
        import lib
        class Sub(lib.Base):
            def __init__(self): self.begun = True
        for make in (lambda: lib.Single(), lambda: lib.Text("a"), lambda: lib.Pair(1, 2), Sub):
            wanted, reports = "12"[lib.version() % 2], []
            install("lib", wanted)
            def go():
                lib.go = None
                reports.append(midflight.upgrade("lib", wait=2))
            lib.go = go
            made = make()
            assert len(reports) == 1 and reports[0].upgraded and made.version() == lib.version() == int(wanted)
            assert type(made) is not Sub or made.begun
            assert isinstance(make(), type(made))
        """
    program.run(tmp_path, trees, script)


def test_an_instance_of_another_class_than_asked_for_is_not_cut_off(tmp_path, midflight):
    trees = {"lib": {n: {"lib.py": MADE.replace("{n}", n)} for n in "12"}}
    script = """
        import lib
        install("lib", "2")
        def go():
            lib.go = None
            try:
                midflight.upgrade("lib", wait=0.3)
            except midflight.UpgradeRefused as refusal:
                assert {reason.code for reason in refusal.reasons} == {"busy", "native-holder"}, refusal
        lib.go = go
        assert lib.Chosen().chosen and lib.Chosen().chosen
        """
    program.run(tmp_path, trees, script)


KEYS = """
    go = None
    class Key:
        def __init__(self, name): self.name = name
        def __eq__(self, other):
            go and go("eq")
            return self.name == other.name
        def __hash__(self):
            go and go("hash")
            return {hash}
        def version(self): return {n}
    def version(): return {n}
    """
LOOKUPS = [
    "table[Key(2)] = 5",
    "table[Key(1)] = 5",
    "table.setdefault(Key(3), 1)",
    "members.add(Key(2))",
    "members.add(Key(1))",
    "members.discard(Key(2))",
    "members == {Key(2)}",
    "(members | {Key(2)}) and None",
    "memo((Key(1), Key(5)))",
]
LOOK_UP = """
    import functools
    import lib
    from lib import Key
    @functools.cache
    def memo(key):
        return key
    table, members = {Key(1): 1}, {Key(1)}
    memo((Key(1), Key(4)))
    def see():
        keys = [*table, *members, *memo((Key(1), Key(5)))]
        assert {key.version() for key in keys} == {lib.version()}
        for held in (table, members):
            assert all(key in held and Key(key.name) in held for key in held)
            assert len({key.name for key in held}) == len(held)
        assert memo((Key(1), Key(5))) is memo((Key(1), Key(5)))
    """


@pytest.mark.parametrize(
    "hashes", [("7", "7"), ("7", "8"), ("hash(type(self)) * 0 + 7", "8"), ("hash(type(self))",) * 2]
)
def test_a_key_is_being_looked_up(tmp_path, midflight, hashes):
    """Whoever does so has its hash in a C local: if that changes the upgrade waits, for its own thread in vain."""
    trees = {"lib": {n: {"lib.py": KEYS.replace("{n}", n).replace("{hash}", hashes[int(n) - 1])} for n in "12"}}
    script = (
        textwrap.dedent(LOOK_UP)
        + f"""
tried = 0
for way in {LOOKUPS!r}:
    for when in ("eq", "hash"):
        wanted = "12"[lib.version() % 2]
        install("lib", wanted)
        outcomes = []
        def go(where):
            if where != when: return
            lib.go = None
            try:
                outcomes.append(midflight.upgrade("lib", wait=0.1).upgraded != ())
            except midflight.UpgradeRefused as refusal:
                assert {{reason.code for reason in refusal.reasons}} == {{"busy", "native-holder"}}, refusal
                outcomes.append(False)
        lib.go = go
        exec(way)
        lib.go = None
        see()
        assert outcomes in ([], [{hashes == ("7", "7")}]), (way, when, outcomes)
        tried += len(outcomes)
assert tried > 12
"""
    )
    program.run(tmp_path, trees, script)


def test_another_thread_looks_a_key_up(tmp_path, midflight):
    trees = {"lib": {n: {"lib.py": KEYS.replace("{n}", n).replace("{hash}", "hash(type(self))")} for n in "12"}}
    script = (
        textwrap.dedent(LOOK_UP)
        + """
inside, leave = threading.Event(), threading.Event()
def go(where):
    lib.go = None
    inside.set()
    assert leave.wait(60)
lib.go = go
thread = threading.Thread(target=table.__setitem__, args=(Key(2), 5))
thread.start()
assert inside.wait(60)
install("lib", "2")
try:
    midflight.upgrade("lib", wait=1)
    assert False, "a key was being looked up"
except midflight.UpgradeRefused as refusal:
    assert {reason.code for reason in refusal.reasons} == {"busy", "native-holder"}, refusal
threading.Timer(0.2, leave.set).start()
assert midflight.upgrade("lib", wait=60).upgraded
thread.join()
del thread
see()
assert table[Key(2)] == 5
"""
    )
    program.run(tmp_path, trees, script)
