"""drain: the moment at which nobody executes what changes is found, newcomers wait with their arguments, and whatever way it ends the
gate is open. The flip is pretended: it binds names."""

import _thread
import gc
import os
import signal
import sys
import threading
import time
import traceback
import types
import weakref

import pytest

from tests.support.isolated import isolated

testing = pytest.importorskip("midflight._testing")

SOURCE = """
def function(*args, **kwargs):
    return VERSION, args, kwargs


def long(inside, go):
    inside.set()
    go.wait()
    return VERSION


def outer(callback):
    return callback()


def generator(inside, go):
    yield 1
    inside.set()
    go.wait()
    yield VERSION


class Class:
    def method(self, *args):
        return VERSION, args
"""


def lib(version):
    names = {"VERSION": version, "__name__": "lib"}
    exec(SOURCE, names)
    return types.SimpleNamespace(**names)


class World:
    """Two versions, the program that holds the old one, and a call that is inside of it for as long as the test wants."""

    def __init__(self, inside=False):
        self.old, self.new = lib(1), lib(2)
        self.program = types.SimpleNamespace(function=self.old.function)
        self.go, self.blocker = threading.Event(), None
        if inside:
            entered = threading.Event()
            self.blocker = threading.Thread(target=self.old.long, args=(entered, self.go), name="blocker", daemon=True)
            self.blocker.start()
            assert entered.wait(10)

    def leave(self):
        self.go.set()
        self.blocker.join(10)
        assert not self.blocker.is_alive()

    def targets(self, changed=True):
        old, new = self.old, self.new
        return [
            (old.function, new.function, changed),
            (old.long, new.long, changed),
            (old.outer, new.outer, changed),
            (old.Class.method, new.Class.method, changed),
        ]

    def drain(self, *, changed=True, targets=None, sets=None, **options):
        old, new = self.old, self.new
        sets = [(self.program, "function", new.function)] if sets is None else sets
        pairs = [old.function, new.function, old.Class, new.Class, old.long, new.long]
        return testing.drain(self.targets(changed) if targets is None else targets, sets, pairs, **options)

    def entries(self):
        return [testing.entry(function) for function, *_ in self.targets()]


def call_from_c(function, *args):
    """Calls it as C code does, by its vectorcall."""
    return next(map(function, *([arg] for arg in args)))


class Caller:
    """A call in another thread, after `delay`, and how long it took."""

    def __init__(self, delay, call):
        self.answer = self.took = None

        def run():
            time.sleep(delay)
            begun = time.monotonic()
            self.answer = call()
            self.took = time.monotonic() - begun

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def join(self):
        self.thread.join(10)
        assert not self.thread.is_alive()
        return self.answer


def warm(old):
    """Call sites become specialised for the functions' versions."""
    for _ in range(100):
        old.function(1)
        old.Class().method(2)


@isolated
def test_refused_leaves_nothing_behind():
    world = World(inside=True)
    old = world.old
    warm(old)
    before = world.entries()
    caller = Caller(0.1, lambda: old.function(old.function, old.Class, 5, k=old.long, z=None))
    found = world.drain(wait=0.6, hold=0.2, look=0.05)
    assert not found["flipped"] and found["flips"] == 0 and found["tries"] >= 2
    (reason,) = found["reasons"]
    assert reason["code"] == "active" and reason["module"] == "lib" and reason["symbol"] == "long"
    assert "blocker: long" in reason["cause"] and "it does not fit" in reason["cause"]
    assert caller.join() == (1, (old.function, old.Class, 5), {"k": old.long, "z": None}), "the old function was called"
    assert caller.took < 0.5, "no caller waits longer than one closing and a little"
    assert world.entries() == before and testing.evaluates_by_default()
    world.leave()


@isolated
def test_strict_refuses_a_frame_that_fits():
    world = World(inside=True)
    assert not world.drain(when=testing.STRICT, wait=0.3, hold=0.2, look=0.05, fits=True)["flipped"]
    world.leave()


@isolated
def test_an_unchanged_function_that_is_active_does_not_hinder():
    world = World(inside=True)
    found = world.drain(changed=False, look=0.1)
    assert found["flipped"] and found["waited"] >= 0.09, "first a moment without any call was looked for"
    (frame,) = found["frames"]
    assert frame.startswith("blocker: long (<string>:") and found["changed"] == 0
    world.leave()


@isolated
def test_flipped_functions_forward_and_a_rollback_takes_that_back():
    world = World()
    old, new = world.old, world.new
    warm(old)
    before = testing.entry(old.function)
    assert world.drain()["flipped"]
    assert call_from_c(old.function, 7) == (2, (7,), {}) and call_from_c(old.Class().method, 3) == (2, (3,))
    back = [(new.function, old.function, True), (new.Class.method, old.Class.method, True)]
    assert world.drain(targets=back, sets=[])["flipped"]
    assert call_from_c(old.function, 7)[0] == 1 == call_from_c(new.function, 7)[0]
    assert testing.entry(old.function) == before and not old.function.__dict__


@isolated
def test_what_fits_is_flipped_at_the_end_of_the_first_closing_and_arguments_are_translated():
    world = World(inside=True)
    old, new = world.old, world.new
    caller = Caller(0.05, lambda: old.function(old.function, old.Class, 5, k=old.long, z=None))
    found = world.drain(wait=10, hold=0.4, look=0.05, fits=True)
    assert found["flipped"] and found["waited"] >= 0.39 and found["tries"] == 1
    assert found["changed"] == 1 and found["parked"] == 1
    assert caller.join() == (2, (new.function, new.Class, 5), {"k": new.long, "z": None})
    world.leave()


@isolated
def test_the_own_frame_does_not_leave_by_waiting():
    world = World()
    found = world.old.outer(lambda: world.drain(wait=30))
    assert not found["flipped"] and found["tries"] == 0 and found["waited"] < 5
    (reason,) = found["reasons"]
    assert "outer" in reason["cause"]
    found = world.old.outer(lambda: world.drain(wait=30, fits=True))
    assert found["flipped"] and found["changed"] == 1 and found["waited"] < 5


@isolated
def test_now_does_not_wait():
    world = World(inside=True)
    found = world.drain(when=testing.NOW)
    assert found["flipped"] and found["changed"] == 1 and found["flips"] == 1
    world.leave()


@isolated
def test_a_flip_that_is_not_possible_is_tried_again():
    assert World().drain(in_vain=3)["flips"] == 4
    found = World().drain(wait=0.4, hold=0.1, look=0.05, in_vain=10**6)
    assert not found["flipped"] and found["flips"] > 3
    assert [reason["code"] for reason in found["reasons"]] == ["busy"]


@isolated
def test_a_child_forked_while_the_gate_is_closed_has_an_open_one():
    world = World(inside=True)
    read, write = os.pipe()

    def fork():
        pid = os.fork()
        if pid == 0:
            answer = "wrong"
            try:
                assert world.old.function(1)[0] == 1 and testing.evaluates_by_default()
                assert world.drain(wait=5, hold=0.2, look=0.05, fits=True)["flipped"]
                assert call_from_c(world.old.function, 1)[0] == 2
                answer = "right"
            except BaseException:
                answer = traceback.format_exc()
            os.write(write, answer.encode()[:4000])
            os._exit(0)
        return os.waitpid(pid, 0)[1]

    parked = Caller(0.05, lambda: world.old.function(1))
    forker = Caller(0.15, fork)
    found = world.drain(wait=0.7, hold=0.6, look=0.05)
    assert forker.join() == 0 and os.read(read, 4000) == b"right"
    assert not found["flipped"] and parked.join()[0] == 1
    world.leave()


@isolated
def test_a_fork_in_the_draining_thread_ends_the_drain_of_the_child():
    world = World(inside=True)
    child, status = [], []

    def handler(*_):
        world.old.function(1)  # this thread passes
        pid = os.fork()
        if pid == 0:
            child.append(True)
        else:
            status.append(os.waitpid(pid, 0)[1])

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    raised = found = None
    try:
        found = world.drain(wait=0.6, hold=0.5, look=0.05)
    except RuntimeError as error:
        raised = error
    if child:
        good = raised and "forked" in str(raised) and world.old.function(1)[0] == 1 and testing.evaluates_by_default()
        os._exit(0 if good else 3)
    assert raised is None and not found["flipped"] and status == [0]
    world.leave()


@isolated
def test_an_interrupt_ends_the_drain():
    world = World(inside=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # of a run in the background it is ignored
    signal.signal(signal.SIGALRM, lambda *_: _thread.interrupt_main())
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        world.drain(wait=30, hold=20, look=0.05)
    assert time.monotonic() - begun < 10
    assert testing.evaluates_by_default() and world.old.function(1)[0] == 1
    world.leave()
    assert world.drain()["flipped"], "the gate is free again"


@isolated
def test_a_removed_function_keeps_its_own_code():
    world = World()
    assert world.drain(targets=[(world.old.function, None, True)], sets=[])["flipped"]
    assert call_from_c(world.old.function, 1)[0] == 1


@isolated
def test_without_memory_nothing_is_forwarded_and_the_partners_dict_stays():
    outcomes = []
    for n in range(1, 12):
        old, new = lib(1).function, lib(2).function
        old.note = "both"
        new.__dict__ = old.__dict__  # as a closure of the program and the partner that was made for it
        before = testing.entry(old)
        testing.forward(old, new, n)
        assert new.__dict__ == {"note": "both"}
        outcomes.append(call_from_c(old, 7)[0])
        if outcomes[-1] == 1:
            assert testing.entry(old) == before and old.__dict__ == {"note": "both"}
    assert outcomes[0] == 1 and outcomes[-1] == 2 and outcomes == sorted(outcomes)


@isolated
def test_forwarding_keeps_nobody_alive():
    world = World()
    old, new = world.old, world.new
    warm(old)
    assert world.drain()["flipped"]
    old_function, new_function = weakref.ref(old.function), weakref.ref(new.function)
    world.old = old = None
    gc.collect()
    assert old_function() is None and new_function() is not None
    world.new = world.program = new = None
    gc.collect()
    assert new_function() is None


@isolated
def test_one_gate_at_a_time():
    world = World(inside=True)

    def second():
        try:
            testing.drain([], [], [])
        except RuntimeError as error:
            return str(error)

    other = Caller(0.1, second)
    assert not world.drain(wait=0.5, hold=0.3, look=0.05)["flipped"]
    assert other.join() == "an upgrade is under way in another thread"
    world.leave()


@isolated
def test_code_that_is_exchanged_while_the_gate_is_closed_stays_exchanged():
    world = World(inside=True)
    function = world.old.function
    warm(world.old)

    def exchange():
        function.__code__ = (lambda *args: ("exchanged", args)).__code__

    Caller(0.05, exchange)
    assert not world.drain(wait=0.3, hold=0.2, look=0.05)["flipped"]
    assert testing.entry(function)[0] == 0, "call sites that know the old code must not be taken for right again"
    assert function(3) == ("exchanged", (3,))
    world.leave()


@isolated
def test_a_generator_is_inside_while_it_runs_and_not_while_it_is_suspended():
    world = World()
    generator = world.old.generator
    targets = [(generator, world.new.generator, True)]
    entered, go = threading.Event(), threading.Event()
    iterator = generator(entered, go)
    next(iterator)
    assert world.drain(targets=[(generator, None, True)], sets=[])["flipped"], "suspended"
    running = Caller(0, lambda: next(iterator))
    assert entered.wait(10)
    assert not world.drain(targets=targets, sets=[], wait=0.3, hold=0.2, look=0.05)["flipped"]
    go.set()
    assert running.join() == 1


EXIT = """
import threading, time
import midflight._testing as testing
from tests.unit.test_drain import World

world = World(inside=True)
threading.Thread(target=lambda: world.drain(wait=60), daemon=True).start()
time.sleep(0.2)
import atexit
atexit.register(lambda: print(world.old.function(1)[0], flush=True))
"""


def test_the_interpreter_ends_while_the_gate_is_closed(tmp_path):
    import subprocess

    path = [p for p in sys.path if p] + [os.getcwd()]
    done = subprocess.run(
        [sys.executable, "-c", EXIT],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


# ---- under load ----

LOADED = """
def inner():
    return VERSION


def function():
    version = VERSION
    assert inner() == version, "one call on both versions"
    return version


class Class:
    def __init__(self, x=1):
        self.version, self.x = VERSION, x

    def method(self):
        version = VERSION
        assert inner() == version, "one call on both versions"
        return version

    @property
    def label(self):
        return VERSION

    @staticmethod
    def static():
        return VERSION

    @classmethod
    def of_class(cls):
        return VERSION

    def __getitem__(self, i):
        return VERSION

    def __call__(self):
        return VERSION

    def __lt__(self, other):
        return self.x < other.x

    def __enter__(self):
        return VERSION

    def __exit__(self, *exc):
        return None

    def deep(self, n):
        return VERSION if n == 0 else self.deep(n - 1)


def generator():
    for _ in range(3):
        yield VERSION


def key(x):
    return -x + VERSION * 0


def fail():
    raise KeyError(VERSION)


def keywords(a, *, b=0, **more):
    return VERSION
"""


def loaded_lib(version):
    names = {"VERSION": version, "__name__": "lib"}
    exec(LOADED, names)
    return types.SimpleNamespace(**names)


def functions_of(lib):
    found = {}
    for name, thing in vars(lib).items():
        if isinstance(thing, types.FunctionType):
            found[name] = thing
        elif isinstance(thing, type):
            for inner, value in vars(thing).items():
                value = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
                if isinstance(value, types.FunctionType):
                    found[f"{name}.{inner}"] = value
    return found


def failed_version(lib):
    try:
        lib.fail()
    except KeyError as error:
        return error.args[0]


def entered_version(thing):
    with thing as version:
        return version


WAYS = [
    lambda program: program.lib.function(),
    lambda program: program.thing.method(),
    lambda program: program.method(),
    lambda program: program.thing.label,
    lambda program: program.thing[1],
    lambda program: program.lib.Class(2).version,
    lambda program: min(program.lib.generator()),
    lambda program: sorted([3, 1, 2], key=program.lib.key) and None,
    lambda program: sorted([program.thing, program.thing]) and None,
    lambda program: failed_version(program.lib),
    lambda program: program.thing.deep(5),
    lambda program: program.lib.keywords(1, b=2, c=3),
    lambda program: program.lib.Class.static(),
    lambda program: program.lib.Class.of_class(),
    lambda program: program.thing(),
    lambda program: entered_version(program.thing),
    lambda program: next(program.lib.generator()),
]


@isolated
def test_many_flips_under_load():
    """No call is on both versions, no thread sees an older version than before, and nothing of an old one is kept alive."""
    current = loaded_lib(1)
    program = types.SimpleNamespace(lib=current, thing=current.Class(), method=None)
    program.method = program.thing.method
    reached, wrong, calls, stop = [1], [], [], []

    def work(way):
        done = 0
        while not stop:
            least = reached[0]
            try:
                version = WAYS[way % len(WAYS)](program)
                if version is not None and version < least:
                    wrong.append(f"way {way % len(WAYS)}: {version} after {least}")
            except BaseException:
                wrong.append(traceback.format_exc())
            way += 1
            done += 1
        calls.append(done)

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(8)]
    for thread in threads:
        thread.start()
    watched, parked = [], 0
    for round in range(2, 22):
        new = loaded_lib(round)
        ours, theirs = functions_of(current), functions_of(new)
        thing = new.Class()
        pairs = [x for name in ours for x in (ours[name], theirs[name])] + [current.Class, new.Class]
        sets = [(program, "lib", new), (program, "thing", thing), (program, "method", thing.method)]
        found = testing.drain([(ours[n], theirs[n], True) for n in ours], sets, pairs, wait=20.0, fits=round % 2 == 0)
        assert found["flipped"] and testing.evaluates_by_default(), found
        reached[0] = round
        parked += found["parked"]
        watched += [weakref.ref(function) for function in ours.values()]
        current = new
        del new, ours, theirs, thing, pairs, sets, found
        time.sleep(0.01)
    stop.append(True)
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert not wrong, wrong[:3]
    assert parked and len(calls) == 8 and min(calls) > 0
    gc.collect()
    assert [ref() for ref in watched if ref() is not None] == []


@isolated
def test_call_that_was_let_go_and_has_not_woken_up():
    """A gate that closes and flips before a call let go earlier has run: the call gets the new objects as well."""
    old, new = object(), object()
    results = []

    def function(argument):
        return "old", argument

    def partner(argument):
        return "new", argument

    thread = threading.Thread(target=lambda: results.append(function(old)))
    threading.Timer(0.1, thread.start).start()
    assert testing.reopen(function, partner, old, new) == 1
    thread.join(10)
    assert results == [("new", new)]
