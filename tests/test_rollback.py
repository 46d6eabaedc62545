"""Going back to a version that is kept: rollback(), confirm(), keep=, plan(rollback=True)."""

import pytest

from tests.support import process, program
from tests.support.install import Site
from tests.test_cases import Case

PRELUDE = '''
import gc
import importlib
import logging
import sys
import warnings

import midflight
import __main__


def raises(kind, call, *args, **kwargs):
    """The exception that a call must end with."""
    try:
        call(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{call} did not raise {kind}")


def main(upgrade, result):
'''


@pytest.fixture
def run(tmp_path, midflight):
    """run(body, versions, ...): `body` is that of main() in a process that has version 1 of "lib"; step n installs version n."""

    def start(body, versions, *, others=(), setup="", back=False):
        site = Site(tmp_path / "site")
        trees = [version if isinstance(version, dict) else {"lib/__init__.py": version} for version in versions]
        site.install("lib", "1", trees[0])
        for name, version, tree in others:
            site.install(name, version, tree)
        application = tmp_path / "application"
        application.mkdir()
        text = PRELUDE + "".join(f"    {line}\n" for line in body.strip().splitlines())
        (application / "app.py").write_text(setup + text)

        def install(step):
            if step > len(trees):
                name, version, tree = others[-1]
                site.upgrade(name, version + "1", {file: text.replace("1", "2") for file, text in tree.items()})
            elif step == 0:
                site.uninstall("lib")
            else:
                site.upgrade("lib", str(step), trees[step - 1])

        result = process.run(
            tmp_path, "app", paths=[site.path, application], kind="script", oracle=False, install=install
        )
        assert "error" not in result, result["traceback"] + result["output"]
        return result

    return start


ONE = """
import functools

VERSION = 1
COUNT = 0
LIMIT = 10
TABLE = {"a": 1}
LOG = []
KEYS = (lambda x: x + 1,)


def deco(f):
    @functools.wraps(f)
    def wrapper(*args):
        return "deco1", f(*args)

    return wrapper


@deco
def work(x):
    return "work1", x


def bump():
    global COUNT
    COUNT += 1
    return COUNT


@functools.lru_cache
def cached():
    return "cached1", COUNT


class Base(Exception):
    def name(self):
        return "base1"


class C(Base):
    def __init__(self):
        self.x = 1

    def name(self):
        return "c1", super().name(), self.x

    @property
    def p(self):
        return "p1"


DEFAULT = C()


def only_one():
    return "only1"
"""
TWO = (
    ONE.replace('1"', '2"')
    .replace("VERSION = 1", "VERSION = 2")
    .replace("LIMIT = 10", "LIMIT = 20")
    .replace("only_one", "only_two")
    .replace('{"a": 1}', '{"a": 2, "b": 2}')
    .replace("x + 1", "x + 2")
    .replace("self.x = 1", "self.x = 1\n        self.y = []")
)

HOLD = """
import lib
held, work, bound, keys, C, default = lib.C(), lib.work, lib.C().name, lib.KEYS, lib.C, lib.DEFAULT
class Mine(lib.C):
    def name(self):
        return "mine", super().name()
mine = Mine()

def check(n, count, table, log, x=1):
    assert lib.VERSION == n and lib.LIMIT == 10 * n and lib.work is work and work(0) == (f"deco{n}", (f"work{n}", 0))
    assert held.name() == bound() == (f"c{n}", f"base{n}", 1) and held.p == f"p{n}" and type(held) is C is lib.C
    assert mine.name() == ("mine", (f"c{n}", f"base{n}", 1)) and Mine.__mro__[1] is lib.C
    assert keys[0](0) == n and lib.KEYS[0](0) == n, "a definition without a name of its own"
    assert lib.COUNT == count and lib.cached() == (f"cached{n}", count)
    assert lib.TABLE == table and lib.LOG == log and default is lib.DEFAULT and default.x == x
    assert [c for c in Exception.__subclasses__() if c.__name__ == "Base"] == [lib.Base]
    assert hasattr(lib, "only_one") is (n == 1) and hasattr(lib, "only_two") is (n == 2)
    status = [s for s in midflight.status() if s.name == "lib"][0]
    assert status.loaded == str(n) and status.stale is (status.installed != str(n)), status

lib.bump()
lib.TABLE["mine"] = 1
lib.LOG.append(1)
check(1, 1, {"a": 1, "mine": 1}, [1])
__main__.install(2)
"""


KEYS = """
import functools

class Key:
    def __init__(self, name):
        self.name = name
    def __eq__(self, other):
        return isinstance(other, Key) and self.name == other.name
    def __hash__(self):
        return hash(("one", self.name))

A, B = Key("a"), Key("b")
TABLE = {A: 1, B: 2}

class Settings:
    opened = 0
    @classmethod
    def open(cls):
        cls.opened += 1
        return cls.opened
    def version(self):
        return "one"

@functools.cache
def settings():
    return Settings()
"""


def test_keys_that_hash_otherwise_and_what_caches_and_classes_hold(run):
    """The program changed the table in either version; the package's own keys stay in it and are found."""
    run(
        """
import lib
table, settings = lib.TABLE, lib.settings()
table[lib.Key("mine")] = 3
settings.debug = True
assert lib.Settings.open() == 1
def check(**more):
    assert table is lib.TABLE and {key.name: value for key, value in table.items()} == {"a": 1, "b": 2, "mine": 3, **more}
    assert all(table[key] == table[lib.Key(key.name)] == value for key, value in list(table.items())), list(table)
    assert table[lib.A] == 1 and lib.settings() is settings and settings.debug
check()
__main__.install(2)
midflight.upgrade("lib", keep=60)
check()
assert settings.version() == "two" and lib.Settings.open() == 2
table[lib.Key("more")] = 4
midflight.rollback(keep=60)
check(more=4)
assert settings.version() == "one" and lib.Settings.open() == 3
table[lib.Key("last")] = 5
midflight.rollback()
check(more=4, last=5)
assert settings.version() == "two" and lib.Settings.open() == 4
""",
        [KEYS, KEYS.replace('"one"', '"two"').replace("opened", "total")],
    )


def test_back_with_the_state_and_forward_again(run):
    run(
        HOLD
        + """
report = midflight.upgrade("lib", keep=600)
assert report.kept == 600 and report.old_generation == [] and "old generation kept for 600 s" in str(report)
check(2, 1, {"a": 2, "b": 2, "mine": 1}, [1])
lib.bump()
lib.TABLE["more"] = 2
lib.LOG.append(2)
default.x = 7
__main__.install(0)  # the files of neither version are there
report = midflight.rollback(keep=600)
assert [tuple(change) for change in report.upgraded] == [("lib", "2", "1")] and report.kept == 600
check(1, 2, {"a": 1, "mine": 1, "more": 2}, [1, 2], 7)
lib.bump()
del lib.TABLE["mine"]
assert [tuple(change) for change in midflight.rollback("Lib", keep=600).upgraded] == [("lib", "1", "2")]
check(2, 3, {"a": 2, "b": 2, "more": 2}, [1, 2], 7)
report = midflight.rollback("lib")
check(1, 3, {"a": 1, "more": 2}, [1, 2], 7)
assert report.kept == 0 and report.old_generation == [], report.old_generation
assert "keep=" in str(raises(midflight.Error, midflight.rollback))
""",
        [ONE, TWO],
    )


def test_what_the_program_reset_since_starts_as_in_a_fresh_process(run):
    """The kept objects hold what was true when they were replaced: none of that may come back."""
    run(
        """
import lib
lib.COUNT, lib.SET, lib.C.attribute, lib.f.mark, lib.f.__defaults__ = 5, {1}, "patched", "patched", (9,)
lib.f.table["x"] = lib.INSTANCE.x = 9
lib.ADDED = lib.INSTANCE.added = 1
lib.f = lambda: "patched"
__main__.install(2)
midflight.upgrade("lib", keep=600)
assert lib.COUNT == 5 and lib.f() == "patched" and lib.C.attribute == "patched"
lib.COUNT, lib.SET, lib.C.attribute = 0, set(), "two"
del lib.ADDED, lib.INSTANCE.added, lib.INSTANCE.x
lib.f = lib.original
del lib.f.mark
lib.f.table.clear()
midflight.rollback()
assert (lib.VERSION, lib.COUNT, lib.SET, lib.C.attribute) == (1, 0, set(), "one"), vars(lib)
assert not hasattr(lib, "ADDED") and not hasattr(lib.INSTANCE, "added")
assert lib.f is lib.original and lib.f() == ("f1", 9) and not hasattr(lib.f, "mark") and lib.f.table == {}
""",
        [
            'VERSION = 1\nCOUNT = 0\nSET = set()\n\n\nclass C:\n    attribute = "one"\n\n    def __init__(self):\n        self.x = 1\n\n\n'
            'INSTANCE = C()\n\n\ndef f(x=1):\n    return "f1", x\n\n\nf.table = {}\noriginal = f\n',
            'VERSION = 2\nCOUNT = 0\nSET = set()\n\n\nclass C:\n    attribute = "two"\n\n    def __init__(self):\n        self.x = 2\n\n\n'
            'INSTANCE = C()\n\n\ndef f(x=2):\n    return "f2", x\n\n\nf.table = {}\noriginal = f\n',
        ],
    )


def test_attributes_that_were_renamed_have_the_present_value_on_the_way_back(run):
    run(
        """
import lib
one = lib.C(1)
__main__.install(2)
midflight.upgrade("lib", keep=600)
two = lib.C(2)
one.set(10)
midflight.rollback(keep=600)
assert (one.get(), two.get()) == (10, 2), (one.get(), two.get())
one.set(11)
midflight.rollback()
assert (one.get(), two.get()) == (11, 2)
""",
        [
            f"class C:\n    def __init__(self, value):\n        self.{name} = value\n\n    def set(self, value):\n        self.{name} = value\n\n    def get(self):\n        return self.{name}\n"
            for name in ("_old", "_new")
        ],
    )


def test_effects_on_the_outside_are_taken_back(run):
    """What the newer version's import did to the process goes with it, and comes again when it does."""
    result = run(
        """
import lib, outside, os
def world():
    return (
        [type(h).__name__ for h in logging.getLogger("x").handlers], [f[2].__name__ for f in warnings.filters if f[2].__name__ == "Warn"],
        sorted(outside.TABLE), [c.__name__ for c in outside.LIST], outside.HOOK(), os.environ.get("MF_LIB"), issubclass(getattr(lib, "Two", int), outside.Abc),
    )
first = world()
__main__.install(2)
midflight.upgrade("lib", keep=600)
second = world()
assert second == (["Handler"], ["Warn"], ["one", "two"], ["Both", "Two"], 2, "2", True), second
midflight.rollback(keep=600)
assert world() == first, (world(), first)
midflight.rollback(keep=600)
assert world() == second
outside.HOOK = lambda: "the program's"
outside.TABLE["two"] = "the program's"
midflight.rollback()
assert world() == first[:2] + (["one", "two"], ["Both"], "the program's", None) + first[6:], world()
""",
        [
            'import outside\n\n\nclass Both:\n    pass\n\n\noutside.TABLE["one"] = Both\noutside.LIST.append(Both)\n\n\ndef hook():\n    return 1\n\n\noutside.HOOK = hook\n',
            "import atexit, logging, os, warnings\nimport outside\n\n\nclass Handler(logging.Handler):\n    pass\n\n\nclass Warn(Warning):\n    pass\n\n\n"
            'class Two:\n    pass\n\n\nclass Both:\n    pass\n\n\ndef last():\n    print("the newer version says goodbye")\n\n\n'
            'logging.getLogger("x").addHandler(Handler())\nwarnings.simplefilter("ignore", Warn)\noutside.TABLE["one"] = Both\noutside.TABLE["two"] = Two\n'
            'outside.LIST.append(Both)\noutside.LIST.append(Two)\noutside.HOOK = lambda: 2\nos.environ["MF_LIB"] = "2"\noutside.Abc.register(Two)\natexit.register(last)\n',
        ],
        others=[
            (
                "outside",
                "1",
                {"outside.py": "import abc\n\nTABLE = {}\nLIST = []\nHOOK = None\n\n\nclass Abc(abc.ABC):\n    pass\n"},
            )
        ],
    )
    assert "goodbye" not in result["output"]


def test_plan_of_a_rollback_and_a_refused_one_change_nothing(run):
    run(
        HOLD
        + """
midflight.upgrade("lib", keep=600)
table = {"a": 2, "b": 2, "mine": 1}
plan = midflight.plan("lib", rollback=True)
assert plan.verdict == "live" and [tuple(p)[:3] for p in plan.distributions] == [("lib", "2", "1")]
assert "lib.C.name" in plan.functions.changed and plan.functions.removed == ["lib.only_two"], plan.functions
check(2, 1, table, [1])
namespace = {"lib": lib}
exec("def user():\\n    return lib.only_two()", namespace)
for _ in range(2):
    refusal = raises(midflight.UpgradeRefused, midflight.rollback)
    assert [r.code for r in refusal.reasons] == ["name-removed"] and refusal.reasons[0].symbol == "only_two"
    check(2, 1, table, [1])
assert not midflight.plan(rollback=True).verdict == "live"
lib.bump()
midflight.rollback(allow="lib.only_two")
check(1, 2, {"a": 1, "mine": 1}, [1])
""",
        [ONE, TWO],
    )


def test_after_a_refused_rollback_the_kept_version_dies_when_it_is_let_go(run):
    run(
        HOLD
        + """
midflight.upgrade("lib", keep=600)
exec("def user():\\n    return lib.only_two()", {"lib": lib}, keeper := {})
raises(midflight.UpgradeRefused, midflight.rollback)
assert midflight.confirm() == []
""",
        [ONE, TWO],
        setup="from lib import cached as by_name, deco as factory, work as decorated\n",
    )


def test_a_refused_rollback_keeps_nothing_of_the_program_alive(run):
    """What an attempt writes into the kept version is taken out of it again."""
    run(
        """
import lib, weakref
__main__.install(2)
midflight.upgrade("lib", keep=600)
class Mine:
    pass
lib.attribute, lib.C.attribute = Mine(), Mine()
refs = [weakref.ref(lib.attribute), weakref.ref(lib.C.attribute)]
exec("def user():\\n    return lib.only_two()", {"lib": lib}, keeper := {})
raises(midflight.UpgradeRefused, midflight.rollback)
del lib.attribute, lib.C.attribute
gc.collect()
assert [ref() for ref in refs] == [None, None]
""",
        [ONE, TWO],
    )


def test_code_of_the_kept_version_that_runs_before_the_flip_is_its_own(run):
    run(
        """
import lib
one = lib.C()
__main__.install(2)
midflight.upgrade("lib", keep=600)
two = lib.C()
assert not hasattr(two, "made")
midflight.rollback()
assert one.made == two.made == "made by 1"
""",
        [
            "def make():\n    return 'made by 1'\n\n\nclass C:\n    def __init__(self):\n        self.made = make()\n\n    def get(self):\n        return self.made\n",
            "def make():\n    return 'made by 2'\n\n\nclass C:\n    def __init__(self):\n        pass\n\n    def get(self):\n        return 2\n",
        ],
    )


def test_late_imports_after_a_rollback_are_the_old_version(run):
    """The vault has the files of the version that is kept, as long as it is, or is loaded again."""
    run(
        """
import lib
from midflight import _engine
versions = lambda: sorted(entry[1] for entry in _engine.kept(30.0)["kept"] if entry[0] == "lib" and entry[2] == "kept")
assert versions() == ["1"]
__main__.install(2)
midflight.upgrade("lib", keep=600)
assert versions() == ["1", "2"]
midflight.rollback(keep=600)
assert importlib.import_module("lib.late").N == 1 and lib.N == 1
assert versions() == ["1", "2"]
midflight.confirm()
assert versions() == ["1"]
raises(ImportError, importlib.import_module, "lib.new")
""",
        [
            {"lib/__init__.py": "N = 1\n", "lib/late.py": "N = 1\n"},
            {"lib/__init__.py": "N = 2\n", "lib/late.py": "N = 2\n", "lib/new.py": "N = 2\n"},
        ],
    )


def test_confirm_and_expiry(run):
    run(
        """
import lib, time, weakref
code = weakref.ref(lib.f.__code__)
__main__.install(2)
report = midflight.upgrade("lib", keep=float("inf"))
gc.collect()
assert code() is not None and report.kept == float("inf") and "kept" in str(report)
assert midflight.confirm("other") == [] and code() is not None
assert midflight.confirm("lib") == [] and code() is None
raises(midflight.Error, midflight.rollback)
__main__.install(1)
code = weakref.ref(lib.f.__code__)
midflight.upgrade("lib", keep=0.2)
assert code() is not None
end = time.monotonic() + 30
while code() is not None and time.monotonic() < end:
    time.sleep(0.01)  # nobody calls midflight: it goes by itself
assert code() is None
raises(midflight.Error, midflight.rollback)
__main__.install(2)
raises(midflight.Error, midflight.upgrade, "lib", keep=-1)
raises(midflight.Error, midflight.upgrade, "lib", keep="long")
""",
        ["def f():\n    return 1\n", "def f():\n    return 2\n"],
    )


TREES = {"lib": {"1": {"lib.py": "N = 1\n"}, "2": {"lib.py": "N = 2\n"}}}


def test_a_forked_child_with_kept_versions_ends_at_once(tmp_path, midflight):
    program.run(
        tmp_path,
        TREES,
        """
        import lib, signal
        install("lib", "2")
        midflight.upgrade("lib", keep=1000)
        time.sleep(0.1)
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            for _ in range(3):
                midflight.rollback(keep=1000)
                time.sleep(0.1)  # the thread sleeps again
            sys.exit()
        assert os.waitpid(child, 0)[1] == 0
        """,
    )


def test_what_is_kept_expires_in_parent_and_child(tmp_path, midflight):
    """Nobody calls midflight again, in neither. From 3.12 on a fork beside a thread would warn."""
    program.run(
        tmp_path,
        {"lib": {n: {"lib.py": f"def f():\n    return {n}\n"} for n in ("1", "2")}},
        """
        import lib, warnings, weakref
        warnings.simplefilter("error")
        old = weakref.ref(lib.f.__code__)
        install("lib", "2")
        midflight.upgrade("lib", keep=1)
        time.sleep(0.1)  # its thread sleeps
        child = os.fork()
        assert old() is not None
        end = time.monotonic() + 30
        while old() is not None and time.monotonic() < end:
            time.sleep(0.01)
        assert old() is None
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
    )


def test_forks_of_several_threads_beside_what_expires(tmp_path, midflight):
    """Threads that fork while what is kept comes and goes: none waits for ever, and the old versions go."""
    program.run(
        tmp_path,
        TREES,
        """
        import lib, warnings
        from midflight import _engine
        warnings.simplefilter("ignore", DeprecationWarning)  # the program has threads of its own
        stop = threading.Event()

        def fork():
            while not stop.is_set():
                child = os.fork()
                if child == 0:
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0

        threads = [threading.Thread(target=fork) for _ in range(3)]
        for thread in threads:
            thread.start()
        for n in range(12):
            version = "21"[n % 2]
            install("lib", version)
            while True:
                try:
                    midflight.upgrade("lib", keep=0.01)
                    break
                except midflight.UpgradeRefused as refused:
                    assert {reason.code for reason in refused.reasons} <= {"busy", "native-holder", "active"}, refused
            assert lib.N == int(version)
        stop.set()
        for thread in threads:
            thread.join()
        end = time.monotonic() + 30
        while _engine.former() and time.monotonic() < end:
            time.sleep(0.01)
        assert not _engine.former()
        """,
    )


def test_threads_that_saw_to_the_end_leave_nothing(tmp_path, midflight):
    program.run(
        tmp_path,
        TREES,
        """
        import lib
        from midflight import _engine

        def step(version):
            install("lib", version)
            midflight.upgrade("lib", keep=0.01)
            while _engine.former():
                time.sleep(0.01)
            time.sleep(0.03)

        def size():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")

        for version in "212":
            step(version)
        before = size()
        for version in "12" * 10:
            step(version)
        assert size() - before < 100 << 20, "20 threads, each with a stack of 8 MB; malloc has 64 MB for each two at a time"
        """,
    )


def test_what_is_kept_is_not_let_go_of_in_the_middle_of_an_upgrade(tmp_path, midflight):
    slow = "import time\ntime.sleep(1)\nN = 3\n"
    program.run(
        tmp_path,
        {"lib": {**TREES["lib"], "3": {"lib.py": slow}}},
        """
        import lib
        from midflight import _engine
        install("lib", "2")
        midflight.upgrade("lib", keep=1000)
        ((_, _, mark),) = _engine.former()
        install("lib", "3")
        thread = threading.Thread(target=midflight.upgrade, args=("lib",))
        thread.start()
        time.sleep(0.3)
        for call, argument in ((_engine.confirm_one, mark), (_engine.confirm, ())):
            try:
                call(argument)
            except RuntimeError as error:
                assert "under way" in str(error)
            else:
                raise AssertionError(call)
        assert lib.N == 2
        thread.join()
        assert lib.N == 3
        """,
    )


def test_what_holds_the_kept_version_is_named(run):
    run(
        """
import lib
function = lib.gone
__main__.install(2)
midflight.upgrade("lib", keep=600)
alive = midflight.confirm()
assert len(alive) == 1 and alive[0].startswith("lib.gone: held by") and function() == 1, alive
""",
        ["def gone():\n    return N\n\n\nN = 1\n", "N = 1\n"],
    )


def test_each_upgrade_leads_one_step_back(run):
    """An upgrade of the same packages takes the place of what was kept; others are kept beside it."""
    run(
        """
import lib, other
for step in (2, 3):
    __main__.install(step)
    midflight.upgrade("lib", keep=600)
__main__.install(4)
midflight.upgrade("other", keep=600)
assert (lib.N, other.N) == (3, 2)
midflight.rollback("lib")
assert (lib.N, other.N, lib.value()) == (2, 2, (2, 2))
raises(midflight.Error, midflight.rollback, "lib")
raises(midflight.Error, midflight.rollback, "lib", "other")
midflight.rollback()
assert (lib.N, other.N, lib.value()) == (2, 1, (2, 1))
""",
        [
            f"from other import N as M, value as theirs\n\nN = {n}\n\n\ndef value():\n    return N, theirs()\n"
            for n in (1, 2, 3)
        ],
        others=[("other", "1", {"other.py": "N = 1\n\n\ndef value():\n    return 1\n"})],
    )


def test_what_one_call_upgraded_goes_back_together(run):
    run(
        """
import lib, other
__main__.install(2)
__main__.install(3)
assert len(midflight.upgrade(keep=600).upgraded) == 2 and (lib.N, other.N) == (2, 2)
assert sorted(tuple(c) for c in midflight.rollback("other").upgraded) == [("lib", "2", "1"), ("other", "11", "1")]
assert (lib.N, other.N) == (1, 1)
""",
        ["N = 1\n", "N = 2\n"],
        others=[("other", "1", {"other.py": "N = 1\n"})],
    )


def test_upgrade_after_a_rollback(run):
    run(
        """
import lib
__main__.install(2)
midflight.upgrade("lib", keep=600)
midflight.rollback(keep=600)
lib.bump()
assert midflight.upgrade("lib").upgraded and lib.VERSION == 2 and lib.COUNT == 1
raises(midflight.Error, midflight.rollback)
""",
        [ONE, TWO],
    )


def test_modules_that_only_one_version_has(run):
    run(
        """
import lib.old
old = lib.old
__main__.install(2)
midflight.upgrade("lib", keep=600)
assert "lib.old" not in sys.modules and not hasattr(lib, "old")
importlib.import_module("lib.new")
midflight.rollback(keep=600)
assert lib.old is old is sys.modules["lib.old"] and old.f() == 1 and "lib.new" not in sys.modules and not hasattr(lib, "new")
midflight.rollback()
assert sys.modules["lib.new"].f() == 2 and "lib.old" not in sys.modules
""",
        [
            {
                "lib/__init__.py": "",
                "lib/old.py": "from lib import sub\n\n\ndef f():\n    return sub.f()\n",
                "lib/sub.py": "def f():\n    return 1\n",
            },
            {
                "lib/__init__.py": "",
                "lib/new.py": "from lib import sub\n\n\ndef f():\n    return sub.f()\n",
                "lib/sub.py": "def f():\n    return 2\n",
            },
        ],
    )


CASES = """carry_function_state carry_singleton closure_nonlocal containers_hashed effects_done_at_the_flip enum_changed enum_methods_and_attributes
functions_of_every_kind generator_of_the_library instances_everywhere layout_held_everywhere layout_module_level_instances""".split()


@pytest.mark.parametrize("name", CASES)
def test_there_and_back_and_there_again(name, tmp_path, midflight):
    """After an upgrade, a rollback and its rollback, a case is what it is after the upgrade alone, and the old version dies."""
    result = Case(name).run(tmp_path, "upgrade", extra={"back": True})
    assert "error" not in result, result["traceback"]
    process.judge(result)
    assert len(result["rollbacks"]) == 2 * len(result["upgrades"])


def test_iterators_of_the_program_across_both_ways(run):
    """An iterator over a container that only the kept version has by now: going back writes into that container."""
    one = "import collections\ndef f():\n    return 1\nNUMBERS = {n: f for n in range(20)}\nfor n in range(10):\n    del NUMBERS[n]\n"
    one += "DEQUE, SET, TABLE = collections.deque([f, *range(9)]), {f, *range(9)}, {f'k{n}': f for n in range(10)}\n"
    one += "ORDERED = collections.OrderedDict.fromkeys([f, *range(9)])\nVERSION = 1\n"
    two = "import collections\ndef f():\n    return 2\nNUMBERS = {n: f for n in range(30, 40)}\n"
    two += "DEQUE, SET, TABLE = collections.deque([f, *range(8)]), {f, *range(8)}, {f'k{n}': f for n in range(9)}\n"
    two += "ORDERED = collections.OrderedDict.fromkeys([f, *range(8)])\nVERSION = 2\n"
    run(
        """
import lib
makers = [lambda: lib.NUMBERS.items(), lambda: reversed(lib.NUMBERS.items()), lambda: lib.DEQUE, lambda: lib.SET,
          lambda: reversed(lib.DEQUE), lambda: lib.TABLE.items(), lambda: lib.ORDERED]
def begin():
    return [(list(map(label, make())), iter(make()), []) for make in makers]
def label(item):
    assert not callable(item) or item is lib.f
    return tuple(map(label, item)) if isinstance(item, tuple) else "f" if callable(item) else item
def step():
    for expected, iterator, seen in begun:
        seen.append(label(next(iterator)))
begun = begin()
step()
__main__.install(2)
midflight.upgrade("lib", keep=600)
step()
begun += begin()
step()
midflight.rollback(keep=600)
assert lib.VERSION == 1 and lib.f() == 1 and lib.NUMBERS[10] is lib.f and lib.TABLE["k9"] is lib.f and lib.f in lib.SET
step()
begun += begin()
midflight.rollback("lib")
assert lib.VERSION == 2 and lib.f() == 2 and lib.NUMBERS[30] is lib.f
for expected, iterator, seen in begun:
    rest = list(iterator)
    assert seen + list(map(label, rest)) == expected, (seen, rest, expected)
""",
        [one, two],
    )


@pytest.mark.parametrize("bound", [False, True])
def test_a_class_that_moved_to_another_module_goes_back(run, bound):
    """Whether or not the package binds it in both versions: where it lives, neither module has a partner."""
    old, new = ("from lib.a import C", "from lib.b import C") if bound else ("from lib import a", "from lib import b")
    text = "class C:\n    def f(self):\n        return {}\n\n    def g(self):\n        return self.f()\n"
    run(
        """
import lib
module = sys.modules["lib.a"]
C = module.C
c = C()
__main__.install(2)
midflight.upgrade("lib", keep=60)
assert c.f() == 2 and type(c) is C is sys.modules["lib.b"].C and C.__module__ == "lib.b"
midflight.rollback()
assert c.f() == 1 and type(c) is C is module.C and C.__module__ == "lib.a", (c.f(), C.__module__)
""",
        [{"lib/__init__.py": old, "lib/a.py": text.format(1)}, {"lib/__init__.py": new, "lib/b.py": text.format(2)}],
    )


WRAPPED = """
import functools


def deco(f):
    @functools.wraps(f)
    def wrapper(*args):
        return {tag!r}, f(*args)

    return wrapper


{rest}
"""


def test_a_removed_decorated_function_comes_back_as_it_was(run):
    """What the decorator made has a partner of new code, while the older version is only kept: that ends with the way back."""
    old = WRAPPED.format(tag="old", rest="@deco\ndef gone(x):\n    return x\n")
    body = """
import lib
shown = lib.gone(1), dict(lib.gone.__dict__, __wrapped__=None)
__main__.install(2)
midflight.upgrade("lib", keep=60)
assert not hasattr(lib, "gone")
midflight.rollback()
assert (lib.gone(1), dict(lib.gone.__dict__, __wrapped__=None)) == shown, (lib.gone(1), lib.gone.__dict__)
"""
    run(body, [old, WRAPPED.format(tag="new", rest="")])
