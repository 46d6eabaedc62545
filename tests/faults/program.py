"""The process in which something goes wrong: forks a child for each number of the thing that fails during one upgrade.

usage: program.py SPECIFICATION, a JSON file: "root" of the tree, the "site" directory that version 1 of lib and noisy is installed in,
the "fault" (a key of FAULTS), how many "numbers" to try (0: every one) in all the "seconds", how many fail in a row in each of the
"rows", and the "limit" for one. Prints JSON.

Before, a first upgrade of another distribution succeeds: it makes the types that midflight makes once, which CPython does not survive
the failure of.

A child lets the n-th allocation that midflight asks for fail (or that and a row of others behind it), or the n-th system call, or has
a signal arrive whose handler raises, while midflight.upgrade runs; then all is well again. Either the upgrade is made, and everything
held works as version 2; or it is not, and then the process must be as before: the heap's fingerprint, every module the same object
with the same content, what is held working as version 1, and the upgrade possible now. The upgrade of noisy is refused in any case.
"""

import atexit
import codecs
import collections
import contextlib
import ctypes
import faulthandler
import functools
import gc
import importlib
import json
import logging
import os
import select
import signal
import sys
import threading
import time
import types
import typing
import warnings

import lib
import lib.part
import midflight
import midflight._testing as testing
import noisy
from lib import LIMIT, Base, function


class Child(Base):
    def name(self):
        return "child of " + super().name()


def uses_what_is_dropped():
    return noisy.dropped()


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


def check_works(version):
    """What is held behaves as this version, and is what the module has now."""
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


def content(mapping):
    return [(key, id(value)) for key, value in mapping.items() if key not in ("__warningregistry__", "_")]


def fingerprint():
    """The content of every module and of every class that is not of the standard library or midflight, and what staging could leave behind."""
    gc.collect()
    standard = sys.stdlib_module_names
    modules = {
        name: (id(module), content(vars(module)))
        for name, module in sys.modules.items()
        if isinstance(module, types.ModuleType) and name.split(".")[0] not in {*standard, "midflight"} - {"__main__"}
    }
    classes = [kind for kind in gc.get_objects() if isinstance(kind, type) and kind.__module__ in modules]
    return {
        "modules": modules,
        "classes": sorted(
            (id(kind), kind.__bases__, content(type.__getattribute__(kind, "__dict__"))) for kind in classes
        ),
        "path": (list(sys.path), [id(finder) for finder in sys.meta_path], [id(hook) for hook in sys.path_hooks]),
        "modules dict": type(sys.modules),
        "collector": (gc.isenabled(), gc.get_freeze_count(), gc.get_threshold()),
        "handlers": [id(handler) for handler in logging.getLogger("lib").handlers],
        "filters": list(warnings.filters),
        "registered": issubclass(lib.Base, collections.abc.Sized),
        "overloads": [id(function) for function in typing.get_overloads(lib.function)],
        "settings": (dict(os.environ), sys.getrecursionlimit(), signal.getsignal(signal.SIGUSR1), atexit._ncallbacks()),
        "logger": (logging.getLogger("noisy").level, list(logging.getLogger("noisy").handlers)),
        "standard": (content(vars(json)), content(vars(threading)), content(vars(threading.Thread))),
    }


def differences(before, after):
    return [f"{part}: {before[part]} became {after[part]}"[:1000] for part in before if before[part] != after[part]]


ORACLE = []  # tests.support.heap.Heap, from when main has found the tree


class Interrupted(BaseException):
    """What the signal handler raises."""


def interrupt(number, frame):
    raise Interrupted


class Fault:
    """Something that goes wrong at a number: arm(n, many) from now on, stop() -> how often it could have."""

    def __init__(self, arm, stop, raises):
        self.arm, self.stop, self.raises = arm, stop, raises


def system_calls():
    """From tests/faults/shim.c, which the test has loaded before libc."""
    shim = ctypes.CDLL(None)
    shim.fault_arm.argtypes, shim.fault_stop.restype = [ctypes.c_long], ctypes.c_long
    return lambda n, many=1: shim.fault_arm(n), shim.fault_stop


def fault_of(name):
    if name == "allocation":
        return Fault(testing.fail_allocation, testing.stop_failing, (MemoryError,))
    if name == "call":
        return Fault(
            *system_calls(),
            (OSError, MemoryError, RuntimeError, ImportError, midflight.UpgradeRefused, midflight.Error),
        )
    signal.signal(signal.SIGUSR2, interrupt)
    return Fault(
        lambda n, many=1: testing.interrupt(n, signal.SIGUSR2),
        testing.stop_failing,
        (Interrupted, midflight.UpgradeRefused),
    )


def upgrade(name, fault, n, many):
    """What it raised, or None; and the number of times that it could have gone wrong."""
    raised, count = None, 0
    try:
        try:
            fault.arm(n, many)
            midflight.upgrade(name)
        finally:
            count = (
                fault.stop()
            )  # the handler of a signal that came while upgrade() was ending may run, and raise, here
    except BaseException as error:
        raised = error.with_traceback(None)
        raised.__context__ = raised.__cause__ = None
    return raised, count


def attempt(name, fault, n, many):
    """In the child. What happened, or an exception: what must not."""
    before = fingerprint()
    heap = ORACLE[0]()
    raised, count = upgrade(name, fault, n, many)
    if lib.function() == 2:
        assert name == "lib" and isinstance(raised, (type(None), Interrupted)), f"made, and raised {raised!r}"
        check_works(2)
        return "done" if raised is None else "done, and raised", count
    assert raised is not None, "not refused"
    expected = fault.raises if name == "lib" else (*fault.raises, midflight.UpgradeRefused)
    assert isinstance(raised, expected), f"raised {raised!r} {getattr(raised, 'reasons', '')}"
    kind = type(raised).__name__
    del expected
    wrong = differences(before, fingerprint()) + heap.differences(allowed=[is_ours])
    assert not wrong, f"{raised!r} and not as before: {wrong}"
    if name == "noisy":
        assert noisy.function() == 1
        with contextlib.suppress(LookupError):
            codecs.lookup("a codec that nobody has")
        return kind, count
    del raised, before
    report = midflight.upgrade("lib")
    assert report.old_generation == [] or report.old_generation == (), f"after {kind}: {report.old_generation}"
    check_works(2)
    return kind, count


def is_ours(thing):
    """The order of what typing registers by name is nobody's: it was taken out and put back."""
    return thing is typing._overload_registry


def in_child(name, fault, limit, n, many=1):
    """(outcome, allocations) of an attempt in a forked child; the outcome of one that went wrong begins with "wrong"."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        faulthandler.enable(write)
        faulthandler.dump_traceback_later(limit * 0.8, file=write)
        try:
            answer = attempt(name, fault, n, many)
        except BaseException as error:
            fault.stop()
            lines = [f"{t.tb_frame.f_code.co_qualname}:{t.tb_lineno}" for t in chain(error.__traceback__)]
            answer = (f"wrong: {type(error).__name__}: {error} at {', '.join(lines)}", 0)
        os.write(write, json.dumps(answer)[:60000].encode())
        os._exit(0)
    os.close(write)
    text = b""
    deadline = time.monotonic() + limit
    while select.select([read], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(read, 65536)
        if not piece:
            break
        text += piece
    else:
        os.kill(pid, signal.SIGKILL)
        text += b" (hung)"
    os.close(read)
    _, status = os.waitpid(pid, 0)
    if status:
        return f"wrong: status {os.waitstatus_to_exitcode(status)}: {text.decode(errors='replace')[-3000:]}", 0
    return tuple(json.loads(text))


def chain(traceback):
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def spread(numbers, most):
    """At most so many of them, evenly, in an order in which also those at the beginning are spread; each time the same."""
    chosen = numbers if len(numbers) <= most else [numbers[i * len(numbers) // most] for i in range(most)]
    return sorted(chosen, key=lambda n: n * 0.6180339887498949 % 1)


def main():
    with open(sys.argv[1]) as file:
        specification = json.load(file)
    sys.path.append(specification["root"])
    from tests.faults.versions import NOISY2, V2, WARM
    from tests.support import heap
    from tests.support.install import Site

    ORACLE.append(heap.Heap)
    sys.path.remove(specification["root"])
    site = Site(specification["site"])
    for version in ("1", "2"):
        site.upgrade("warm", version, WARM[version])
        importlib.invalidate_caches()
        importlib.import_module("warm")
        midflight.upgrade("warm")
    assert sys.modules["warm"].function() == 2
    site.upgrade("lib", "2", V2)
    site.upgrade("noisy", "2", NOISY2)
    fault = fault_of(specification["fault"])
    outcomes, wrong, totals, work = collections.Counter(), {}, {}, []
    for name, expected in ("lib", "done"), ("noisy", "UpgradeRefused"):
        outcome, total = in_child(name, fault, specification["limit"], 0)
        assert outcome == expected, outcome
        totals[name] = total
        for many in specification["rows"]:
            chosen = spread(range(1, total + 1), specification["numbers"] or total)
            work += [(i, n, many, name) for i, n in enumerate(chosen)]
    tried = 0
    deadline = time.monotonic() + specification["seconds"]
    for _, n, many, name in sorted(work):
        if tried > 12 and time.monotonic() > deadline:  # however busy the machine is
            break
        tried += 1
        outcome, _ = in_child(name, fault, specification["limit"], n, many)
        outcomes[f"{name}: {outcome.split(':')[0]}"] += 1
        if outcome.startswith("wrong"):
            wrong[f"{name}: {n}, {many} fail"] = outcome
    print(json.dumps({"counted": totals, "planned": len(work), "tried": tried, "outcomes": outcomes, "wrong": wrong}))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
