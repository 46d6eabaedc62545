"""The process in which something goes wrong at a number: an allocation or a system call fails, a signal arrives whose handler raises.

usage: program.py ROOT SCENARIO FAULT NUMBERS ROW SECONDS WORKERS ONLY NEW LOUD: the root of the tree, a module of tests/faults/scenarios, a key
of FAULTS, how many numbers to try (0: every one), how many things fail in a row, for how many seconds, with how many workers; the only number to
try, or 0; 1 for only those at whose place in the code nothing has failed yet; 1 for what is going on to stderr. Prints what was found, a dict. It imports little: the more there is, the more there is to upgrade
around, to look at, and to fork.

Before, a first upgrade of another distribution succeeds: it makes the types that midflight makes once, which CPython does not survive
the failure of.

The numbers are cut into pieces. For each piece a worker is forked, which looks at everything, counts, and has a process of its own for
each number (src/testing/branches.c). There the n-th thing goes wrong while the scenario's call runs, and then all is well again. Either
the call did what it does, and everything held works; or it did not, and then the process must be as before: the heap's fingerprint, every
module the same object with the same content, and what is held works. Where nothing had gone wrong at the same place of the code
before, the call is made again, and must do what it does.
"""

import collections
import faulthandler
import importlib
import os
import select
import signal
import sys
import time

import midflight
import midflight._testing as testing

FOREVER = 1e6  # seconds: a worker waits for its branches in the middle of everything
LIMIT = 60  # seconds for one number
PIECE = 20  # numbers for a worker, which comes to its first through all before; the engine does not wait for ever
midflight._api.HOLD = FOREVER


class Interrupted(BaseException):
    """What the signal handler raises."""


def interrupt(number, frame):
    raise Interrupted


class Fault:
    """Something that goes wrong at a number: arm(row) from now on, stop() -> how often it could have."""

    def __init__(self, arm, stop, raises):
        self.arm, self.stop, self.raises = arm, stop, raises


def failing_calls():
    """From tests/faults/shim.c, which was loaded before libc."""
    import ctypes

    shim = ctypes.CDLL(None)
    shim.fault_arm.argtypes, shim.fault_stop.restype = [ctypes.c_void_p], ctypes.c_long
    raises = (OSError, MemoryError, RuntimeError, ImportError, midflight.UpgradeRefused, midflight.Error)
    return Fault(lambda row: shim.fault_arm(testing.branch_address()), shim.fault_stop, raises)


def signals():
    signal.signal(signal.SIGUSR2, testing.interrupted)
    signal.signal(signal.SIGPROF, interrupt)
    raises = (Interrupted, midflight.UpgradeRefused)
    return Fault(lambda row: testing.interrupt(signal.SIGUSR2, interrupt), testing.stop_failing, raises)


FAULTS = {
    "allocation": lambda: Fault(lambda row: testing.fail_allocation(0, row), testing.stop_failing, (MemoryError,)),
    "call": failing_calls,
    "signal": signals,
}


def call(scenario, fault, row):
    """What the scenario's call raised, or None; and the number of times that it could have gone wrong."""
    raised, count = None, 0
    try:
        try:
            fault.arm(row)
            scenario.act()
        finally:
            count = fault.stop()  # the handler of a signal that came while act() was ending may run, and raise, here
    except BaseException as error:
        raised = error.with_traceback(None)
        raised.__context__ = raised.__cause__ = None
    return raised, count


class Before:
    """The process, looked at. differences(): what is different now, as sentences."""

    def __init__(self, scenario, heap):
        self.scenario, self.heap, self.more = scenario, heap(), scenario.look()

    def differences(self):
        """Collecting garbage and looking at what it leaves takes most of the time: only if there is a difference."""
        if not self._found(collect=False):
            return []
        return self._found(collect=True)

    def _found(self, collect):
        more = self.scenario.look()
        found = [f"{key}: {self.more[key]} became {more[key]}"[:1000] for key in more if more[key] != self.more[key]]
        del more
        return found + self.heap.differences(allowed=[self.scenario.ALLOWED, self, self.__dict__], collect=collect)


def judge(scenario, fault, before, raised, again):
    """What happened, or an exception: what must not."""
    if scenario.is_done():
        assert scenario.EXPECTED == "done", "made, and not refused"
        assert raised is None or isinstance(raised, Interrupted), f"made, and raised {raised!r}"
        scenario.works(True)
        return "done" if raised is None else "done, and raised"
    assert raised is not None, "neither made nor refused"
    is_refusal = scenario.EXPECTED == "refused" and isinstance(raised, midflight.UpgradeRefused)
    assert is_refusal or isinstance(raised, fault.raises), f"raised {raised!r} {getattr(raised, 'reasons', '')}"
    kind = type(raised).__name__
    del raised
    wrong = before.differences()
    assert not wrong, f"{kind}, and not as before: {wrong}"
    del before
    if again:
        try:
            left = scenario.act()
        except midflight.UpgradeRefused:
            assert scenario.EXPECTED == "refused", f"after {kind}"
        else:
            assert scenario.EXPECTED == "done", f"after {kind} made, and not refused"
            assert not left, f"after {kind}: {left}"
    scenario.works(scenario.is_done())
    return kind


def work(scenario, fault, heap, piece, row, new, report):
    """In a worker: tries the numbers of the piece, and ends the process. Writes a line for each: the number, whether its place is new,
    how often it could have gone wrong, and what happened."""
    testing.branch(*piece, new, LIMIT, report)
    before = Before(scenario, heap)
    faulthandler.enable(report)
    faulthandler.register(signal.SIGALRM, report, chain=True)
    raised, count = call(scenario, fault, row)
    number, is_new = testing.branched()
    try:
        answer = judge(scenario, fault, before, raised, is_new or number == 0)
    except BaseException as error:
        lines = [f"{t.tb_frame.f_code.co_qualname}:{t.tb_lineno}" for t in chain(error.__traceback__)]
        answer = f"wrong: {type(error).__name__}: {error} at {', '.join(lines)}".replace("\n", " ")[:3500]
    os.write(report, f"{number} {is_new:d} {count} {answer}\n".encode())
    os._exit(0)


def chain(traceback):
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


class Worker:
    """A process for a piece of the numbers, and the pipe on which it and its branches report."""

    def __init__(self, *arguments):
        self.read, write = os.pipe()
        self.text = b""
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self.read)
                work(*arguments, write)
            finally:
                os._exit(3)
        os.close(write)

    def lines(self):
        """What there is to read; None at the end."""
        piece = os.read(self.read, 65536)
        if not piece:
            os.close(self.read)
            _, status = os.waitpid(self.pid, 0)
            assert status == 0, f"a worker ended with {status}: {self.text.decode(errors='replace')[-3000:]}"
            return None
        *lines, self.text = (self.text + piece).split(b"\n")
        return lines


class Findings:
    """What became of the numbers so far."""

    def __init__(self, title, planned, seconds, progress):
        self.title, self.planned, self.progress = title, planned, progress
        self.begun, self.told, self.tried, self.places = time.monotonic(), 0.0, 0, 0
        self.deadline = self.begun + seconds
        self.outcomes, self.wrong, self.crashed = collections.Counter(), {}, []

    def add(self, line):
        line = line.decode(errors="replace")
        number, is_new, _, outcome = [*line.split(" ", 3), "", "", ""][:4]
        if not number.isdigit() or not outcome:
            self.crashed.append(line)  # a process that crashes says where
            return
        number, wrong = int(number), outcome.startswith("wrong")
        if number == 0 and not wrong:
            return  # a worker whose piece reached the end
        if wrong:
            alike = self.wrong.setdefault(" ".join([outcome, *self.crashed]), [])
            alike.append(number)
            if self.progress and len(alike) == 1:
                print(f"{self.title}: {number}: {outcome[:1500]}", *self.crashed, sep="\n", file=sys.stderr)
            self.crashed = []
        self.tried += 1
        self.places += is_new == "1"
        self.outcomes[outcome.split(":")[0]] += 1

    def tell(self, *, end=False):
        now = time.monotonic()
        if self.progress and (end or now > self.told + 5):
            self.told = now
            outcomes = ", ".join(f"{name} {n}" for name, n in self.outcomes.most_common())
            left = (now - self.begun) / max(1, self.tried) * (self.planned - self.tried)
            print(
                f"{self.title}: {self.tried} of {self.planned} ({outcomes}), {now - self.begun:.0f} s"
                + (f", {left:.0f} s left" if not end else ""),
                file=sys.stderr,
            )


def run_all(pieces, workers, findings, arguments):
    """So many pieces at a time, each by a worker of its own, until all are done or the time is over."""
    pieces, at_work = collections.deque(pieces), {}
    while True:
        while pieces and len(at_work) < workers and time.monotonic() < findings.deadline:
            worker = Worker(*arguments[:3], pieces.popleft(), *arguments[3:])
            at_work[worker.read] = worker
        if not at_work:
            return
        for ready in select.select(list(at_work), [], [], 1)[0]:
            lines = at_work[ready].lines()
            for line in lines or ():
                findings.add(line)
            if lines is None:
                del at_work[ready]
        findings.tell()


def pieces_of(total, numbers, most):
    """(first, last, step): all of them, or so many, evenly, in four pieces that each are spread."""
    if not numbers or numbers >= total:
        return [(first, min(first + most - 1, total), 1) for first in range(1, total + 1, most)]
    step = max(1, total // numbers)
    return [(1 + step * i, total, step * 4) for i in range(4)]


def count(scenario, fault, heap, row):
    """How often it can go wrong. A run in which nothing does, looked at as the others are."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        work(scenario, fault, heap, (0, 0, 0), row, False, write)
    os.close(write)
    with open(read, "rb") as file:
        text = file.read()
    os.waitpid(pid, 0)
    _, _, counted, outcome = text.decode().splitlines()[-1].split(" ", 3)
    assert outcome == ("done" if scenario.EXPECTED == "done" else "UpgradeRefused"), text
    return int(counted)


def main():
    root, name, kind, *rest = sys.argv[1:]
    numbers, row, seconds, workers, only, new, loud = map(int, rest)
    sys.path.append(root)
    from tests.faults.scenarios import put
    from tests.faults.versions import WARM
    from tests.support import heap

    scenario = importlib.import_module(f"tests.faults.scenarios.{name}")
    for version in ("1", "2"):
        put("warm", version, WARM[version])
        importlib.invalidate_caches()
        importlib.import_module("warm")
        midflight.upgrade("warm")
    assert sys.modules["warm"].function() == 2
    scenario.prepare()
    sys.path.remove(root)
    fault = FAULTS[kind]()
    total = count(scenario, fault, heap.Heap, row)
    pieces = [(only, only, 1)] if only else pieces_of(total, numbers, total if new else PIECE)
    planned = sum(len(range(first, last + 1, step)) for first, last, step in pieces)
    title = f"{name}, {kind}" + (f", {row} in a row" if row > 1 else "")
    findings = Findings(title, planned, seconds, loud)
    run_all(pieces, workers, findings, (scenario, fault, heap.Heap, row, new))
    findings.tell(end=True)
    print(
        {
            "counted": total,
            "planned": planned,
            "tried": findings.tried,
            "places": findings.places,
            "outcomes": dict(findings.outcomes),
            "wrong": findings.wrong,
            "seconds": round(time.monotonic() - findings.begun, 1),
        }
    )


if __name__ == "__main__":
    main()
