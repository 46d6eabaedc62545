"""fork at any moment of an upgrade, by other threads: parent and child go on, the child is on exactly one version."""

LIB = {
    n: {
        "lib/__init__.py": f"""
            import abc, logging, threading, time
            from lib import part
            VERSION = {n}
            logging.getLogger("lib").addHandler(logging.NullHandler())
            class Base(abc.ABC):
                pass
            Base.register(int)
            def version():
                return part.version(), VERSION, {n}
            def busy(until=None):
                assert not until or until.wait(60)
                return {n}
            STATE = {{"calls": 0}}
            """,
        "lib/part.py": f"import time\ntime.sleep(0.02)\ndef version():\n    return {n}\n",
        "lib/lazy.py": f"import lib\nfrom lib.lazier import NUMBER\nVERSION = {n}\n",
        "lib/lazier.py": f"import time\ntime.sleep(0.005)\nNUMBER = {n}\n",
    }
    for n in "12"
}

COMMON = """
import faulthandler, gc, logging, traceback
import lib

LIMIT = 60

def check_version():
    seen = {*lib.version(), lib.VERSION, lib.busy(), sys.modules["lib"].VERSION, sys.modules["lib.part"].version()}
    assert len(seen) == 1, seen
    assert type(sys.modules) is dict
    assert len(logging.getLogger("lib").handlers) == 1, logging.getLogger("lib").handlers
    return seen.pop()

def check_child(upgrade=True):
    check_version()
    import lib.lazy, colorsys
    assert lib.lazy.NUMBER in (1, 2)
    thread = threading.Thread(target=lambda: __import__("sched"))
    thread.start()
    thread.join()
    assert "sched" in sys.modules
    gc.collect()
    if upgrade:
        try:
            midflight.upgrade("lib", wait=5)
        except midflight.UpgradeRefused as refusal:
            # What C code of the threads that are gone held is not known: then no account closes.
            assert {reason.code for reason in refusal.reasons} <= {"busy", "native-holder"}, refusal
            check_version()
        else:
            assert check_version() == on_disk

def in_child(function, *args):
    \"\"\"Forks; the child calls the function. Returns its pid.\"\"\"
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            faulthandler.dump_traceback_later(LIMIT, exit=True)
            function(*args)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid

def wait_for(pid):
    _, status = os.waitpid(pid, 0)
    assert status == 0, f"child {pid} ended with {os.waitstatus_to_exitcode(status)}"

import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on: of a fork with threads
"""


def test_forks_without_a_break_while_upgrades_go_to_and_fro(run):
    run(
        {"lib": LIB},
        COMMON
        + """
import multiprocessing, multiprocessing.popen_fork, subprocess

class Turns:
    \"\"\"A lock that is handed on in the order of asking: with a plain one who gives it back has it again before who waits is awake.\"\"\"
    def __init__(self):
        self.mine, self.waiting = threading.Lock(), []

    def __enter__(self):
        turn = threading.Lock()
        turn.acquire()
        with self.mine:
            self.waiting.append(turn)
            first = len(self.waiting) == 1
        if not first:
            turn.acquire()

    def __exit__(self, *_):
        with self.mine:
            del self.waiting[0]
            if self.waiting:
                self.waiting[0].release()

stop, failed, count = threading.Event(), [], [0, 0, 0]
disk, on_disk = Turns(), 1  # no installer is at work while a child looks

def report_failure(function):
    def run():
        try:
            while not stop.is_set():
                function()
        except BaseException:
            failed.append(traceback.format_exc())
            stop.set()
    return threading.Thread(target=run)

def forks():
    with disk:
        wait_for(in_child(check_child, count[0] % 4 == 0))
    count[0] += 1

def processes():
    with disk:
        run_process()

def run_process():
    process = multiprocessing.get_context("fork").Process(target=check_child, args=(False,))
    process.start()
    process.join(LIMIT)
    assert process.exitcode == 0, process.exitcode
    count[1] += 1

def commands():
    subprocess.run(["true"], check=True, preexec_fn=check_version)
    count[2] += 1

ways = (forks, processes, commands)
for way in ways:
    way()  # what the standard library sets up on first use is not to happen while a version is staged
threads = [report_failure(way) for way in ways]
for thread in threads:
    thread.start()
done = 0
try:
    while (done < 4 or min(count) < 5) and not stop.is_set():
        with disk:
            on_disk = 2 - done % 2
            install("lib", str(on_disk))
        midflight.upgrade("lib", wait=30)
        done += 1
        assert lib.VERSION == on_disk == check_version()
finally:
    stop.set()
    for thread in threads:
        thread.join()
assert not failed, failed[0]
""",
    )


# ---- at a known moment ----

MOMENT = """
reached, go = threading.Event(), threading.Event()
forked = []

def meet(*_):
    \"\"\"The upgrading thread comes by, and waits until another has forked.\"\"\"
    if threading.current_thread() is threading.main_thread() and os.getpid() == process and not go.is_set():
        reached.set()
        assert go.wait(20)

def fork_at_the_moment(function):
    assert reached.wait(20)
    forked.append(in_child(function))
    go.set()

process = os.getpid()
"""
MEET = 'import sys\ngetattr(sys.modules["__main__"], "meet", lambda: None)()\n'


def test_fork_while_a_staged_module_is_imported(run):
    """The child has neither the view, nor what staging did outside, nor the half-loaded module and its lock."""
    trees = {"lib": {n: dict(LIB[n]) for n in "12"}}
    trees["lib"]["2"]["lib/part.py"] = (
        "import logging, sys, copyreg\nlogging.getLogger('lib').addHandler(logging.StreamHandler())\n"
        "copyreg.dispatch_table[int] = 5\nimport colorsys\n" + MEET + "def version():\n    return 2\n"
    )
    run(
        trees,
        COMMON
        + MOMENT
        + """
import copyreg, importlib.machinery, importlib._bootstrap

def child():
    assert check_version() == 1 and int not in copyreg.dispatch_table
    assert not midflight._engine.staging() and "colorsys" in sys.modules
    assert not [name for name in importlib._bootstrap._module_locks if "lib" in name]
    assert threading.Thread.start.__module__ == "threading" and os.fork.__module__ == "posix"
    assert type(vars(importlib.machinery.PathFinder)["find_spec"].__func__).__name__ == "function"
    gc.collect()
    import lib.lazy
    midflight.upgrade("lib", wait=20)
    assert check_version_only() == 2 and copyreg.dispatch_table[int] == 5

def check_version_only():
    return lib.version()[0]

thread = threading.Thread(target=fork_at_the_moment, args=(child,))
thread.start()
install("lib", "2")
midflight.upgrade("lib")
thread.join()
wait_for(forked[0])
assert check_version_only() == 2
""",
    )


def test_a_child_imports_what_another_thread_was_importing(run):
    """Also when no upgrade is under way: CPython leaves the lock and the half module to a child that waits for ever."""
    run(
        {"lib": LIB, "slow": {"1": {"slow.py": MEET + "OK = 1\n"}}},
        COMMON
        + MOMENT
        + """
def child():
    import slow
    assert slow.OK == 1

thread = threading.Thread(target=fork_at_the_moment, args=(child,))
thread.start()
import slow
thread.join()
wait_for(forked[0])
""",
    )


def test_a_child_imports_what_another_thread_has_just_imported(run):
    """The lock of an import has a small lock inside, which its thread has for a moment after it owns the large one no more."""
    run(
        {"slow": {"1": {"slow.py": "OK = 1\n"}}},
        COMMON.replace("import lib\n", "")
        + """
import importlib._bootstrap

held, go = threading.Event(), threading.Event()

def giving_back():
    with importlib._bootstrap._get_module_lock("slow").lock:
        held.set()
        assert go.wait(60)

def child():
    faulthandler.dump_traceback_later(10, exit=True)
    import slow
    assert slow.OK == 1

thread = threading.Thread(target=giving_back)
thread.start()
assert held.wait(60)
pid = in_child(child)
go.set()
thread.join()
wait_for(pid)
""",
    )


def test_fork_while_the_gate_is_closed(run):
    run(
        {"lib": LIB},
        COMMON
        + MOMENT
        + """
def child():
    assert check_version() == 1
    midflight.upgrade("lib", wait=20)
    assert check_version() == 2

busy = threading.Thread(target=lib.busy, args=(go,))  # the upgrade waits for it: it is changed
busy.start()

def fork():
    try:
        while True:  # a call that waits at the gate shows that it is closed
            call = threading.Thread(target=lib.version)
            call.start()
            call.join(0.1)
            if call.is_alive():
                break
        forked.append(in_child(child))
    finally:
        go.set()

thread = threading.Thread(target=fork)
thread.start()
install("lib", "2")
midflight.upgrade("lib", wait=30, when="strict")
thread.join()
busy.join()
wait_for(forked[0])
assert check_version() == 2
""",
    )


def test_fork_after_the_flip(run):
    """The thread that was to tidy up is not there: the child does what is missing."""
    trees = {"lib": {n: dict(LIB[n]) for n in "12"}}
    trees["lib"]["2"]["lib/part.py"] += "import copyreg\ncopyreg.dispatch_table[int] = 5\n"
    run(
        trees,
        COMMON
        + MOMENT
        + """
import copyreg

@midflight.on_upgrade("lib", when="after")
def after(change):
    meet()

def child():
    assert check_version() == 2 and copyreg.dispatch_table[int] == 5
    assert [entry.loaded for entry in midflight.status() if entry.name == "lib"] == ["2"], midflight.status()

thread = threading.Thread(target=fork_at_the_moment, args=(child,))
thread.start()
install("lib", "2")
midflight.upgrade("lib")
thread.join()
assert forked
wait_for(forked[0])
assert check_version() == 2 and copyreg.dispatch_table[int] == 5
""",
    )


def test_the_upgrading_thread_itself_forks(run):
    """From a hook the child makes the upgrade as the parent does; from the import of the new version it is refused."""
    trees = {"lib": {**LIB, "3": {**LIB["2"], "lib/part.py": "import os\nif os.fork() == 0:\n    os._exit(0)\n"}}}
    run(
        trees,
        COMMON
        + """
pids = []

@midflight.on_upgrade("lib", when="before")
def before(change):
    pids.append(os.fork())

install("lib", "2")
midflight.upgrade("lib")
assert check_version() == 2
if pids[0] == 0:
    os._exit(0)
wait_for(pids[0])
install("lib", "3")
try:
    midflight.upgrade("lib")
except midflight.UpgradeRefused as refusal:
    assert [reason for reason in refusal.reasons if reason.code == "staging-effect" and "forks" in reason.cause], refusal
else:
    raise AssertionError("not refused")
assert check_version() == 2
""",
    )
