"""How long things last: numbers beyond every clock, and what the program's own signal handlers raise meanwhile."""

import pytest

from tests.support import program

LIB = {n: {"lib.py": f"def version(): return {n}\ndef call(function): return function(), {n}\n"} for n in "12"}


@pytest.fixture
def run(tmp_path, midflight):
    return lambda script, trees=LIB: program.run(tmp_path, {"lib": trees}, "import lib\n" + script)


@pytest.mark.parametrize(
    "option", ["limit=1e10", "limit=1e300", "keep=1e10", "keep=1e300", "keep=10**400", "wait=1e300"]
)
def test_longer_than_any_clock_counts(run, option):
    """And nothing watches the time without a pause: a deadline that does not fit would be over at once, again and again."""
    run(f"""
install("lib", "2")
midflight.upgrade("lib", {option})
before = time.process_time()
time.sleep(0.3)
assert time.process_time() - before < 0.15
assert lib.version() == 2
""")


def test_a_limit_that_is_far_away_is_watched_without_a_pause_neither(run):
    slow = {**LIB, "2": {"lib.py": "import time\ntime.sleep(0.3)\n" + LIB["2"]["lib.py"]}}
    run(
        """
install("lib", "2")
before = time.process_time(), time.monotonic()
midflight.upgrade("lib", limit=1e11)
assert time.process_time() - before[0] < 0.6 * (time.monotonic() - before[1])
""",
        slow,
    )


def test_what_a_signal_handler_raises_stays_what_it_is(run):
    """A time limit of the program's own, by the usual means: TimeoutError is an OSError, and no word of midflight's."""
    run("""
import signal
def ring(number, frame):
    raise TimeoutError("the program's own")
signal.signal(signal.SIGALRM, ring)
go, inside = threading.Event(), threading.Event()
thread = threading.Thread(target=lib.call, args=(lambda: inside.set() or go.wait(60),))
thread.start()
inside.wait()
install("lib", "2")
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    midflight.upgrade("lib", wait=30, when="strict")
except TimeoutError as error:
    assert "own" in str(error)
else:
    raise AssertionError("the time was not over")
go.set()
thread.join()
assert lib.version() == 1
midflight.upgrade("lib")
assert lib.version() == 2
""")


@pytest.mark.parametrize("kind", ["TimeoutError", "SystemExit", "Own"])
def test_what_a_signal_handler_raises_in_the_import_is_no_failure_of_the_import(run, kind):
    slow = {**LIB, "2": {"lib.py": "import time\nfor _ in range(1000): time.sleep(0.01)\n" + LIB["2"]["lib.py"]}}
    run(
        f"""
import signal
class Own(BaseException):
    pass
class Program:
    def ring(self, number, frame):
        raise {kind}("the program's own")
signal.signal(signal.SIGALRM, Program().ring)
install("lib", "2")
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    midflight.upgrade("lib")
except {kind} as error:
    assert "own" in str(error)
else:
    raise AssertionError("the time was not over")
assert lib.version() == 1
""",
        slow,
    )
