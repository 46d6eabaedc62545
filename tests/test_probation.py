"""A new version on probation: what is unhealthy is rolled back by itself, and says why."""

from tests.test_rollback import run  # noqa: F401

VERSIONS = [
    f"N = {n}\n\n\nclass Broken(Exception):\n    pass\n\n\ndef inner():\n    raise Broken\n\n\ndef caught():\n    try:\n        inner()\n    except Broken:\n        return {n}\n\n\n"
    f"def leaves():\n    inner()\n\n\ndef stops(x):\n    raise StopIteration\n\n\ndef each(f):\n    for x in (1, 2, 3):\n        f(x)\n"
    for n in (1, 2, 3)
]

HOLD = """
import lib, threading, weakref
def threads():
    return [thread.name for thread in threading.enumerate() if "midflight" in thread.name]
__main__.install(2)
"""


def test_healthy(run):  # noqa: F811
    run(
        HOLD
        + """
assert threads() == []
code, asked = weakref.ref(lib.leaves.__code__), []
report = midflight.upgrade("lib", probation=midflight.Probation(0.3, health=lambda: asked.append(lib.N), every=0.05))
assert report.probation.state == "running" and threads() == ["midflight-probation"] and report.kept > 0.3
assert report.to_dict()["probation"] == "running" and code() is not None
assert report.probation.wait(30) and report.probation.state == "confirmed" and report.probation.reason is None
assert 2 <= len(asked) <= 7 and set(asked) == {2} and code() is None, "None is no answer, and confirmed is let go of"
raises(midflight.Error, midflight.rollback)
__main__.install(3)
assert midflight.upgrade("lib").probation is None
assert threads() == []
""",
        VERSIONS,
    )


def test_unhealthy_is_rolled_back_and_says_why(run):  # noqa: F811
    result = run(
        HOLD
        + """
ended = []
report = midflight.upgrade("lib", probation=midflight.Probation(600, health=lambda: lib.N == 1, every=0.01, on_end=ended.append))
trial = report.probation
assert trial.wait(30) and trial.state == "rolled back" and lib.N == 1
assert trial.reason == "the health check returned False" and [tuple(c) for c in trial.rollback.upgraded] == [("lib", "2", "1")]
assert ended == [trial] and threads() == [] and "returned False" in repr(trial)

def check():
    raise OSError("no route")
trial = midflight.upgrade("lib", keep=1, probation=midflight.Probation(600, check, every=0.01)).probation
assert trial.wait(30) and trial.state == "rolled back" and "OSError: no route" in trial.reason and lib.N == 1
""",
        VERSIONS,
    )
    assert "probation: rolled back: the health check raised OSError: no route" in result["output"]


def test_exceptions_that_leave_the_package_are_counted(run):  # noqa: F811
    run(
        """
import lib
from midflight import _engine
count = _engine.count_errors({"lib"})
other = _engine.count_errors({"json"})
for _ in range(3):
    assert lib.caught() == 1
raises(lib.Broken, lib.inner)
assert count == [1], count
raises(lib.Broken, lib.leaves)
assert count == [2], "once, however deep it came from"
raises(StopIteration, lib.stops, 1)
raises(lib.Broken, lambda: sorted([2, 1], key=lambda x: lib.leaves()))
assert count == [3]

def theirs(x):
    raise ValueError(x)
raises(ValueError, lib.each, theirs)
assert count == [4], "also what came from outside and goes through"
import json
raises(ValueError, json.loads, "{")
assert count == [4] and other == [1], (count, other)
_engine.stop_counting(count)
raises(lib.Broken, lib.leaves)
raises(ValueError, json.loads, "{")
assert count == [4] and other == [2]
_engine.stop_counting(other)
_engine.stop_counting(other)
raises(ValueError, json.loads, "{")
assert other == [2]
if sys.version_info >= (3, 12):
    assert [sys.monitoring.get_tool(i) for i in range(6)] == [None] * 6, "no tool stays behind"
""",
        VERSIONS,
    )


def test_too_many_exceptions(run):  # noqa: F811
    run(
        HOLD
        + """
def load(seconds, trial, functions):
    import time
    end = time.monotonic() + seconds
    while time.monotonic() < end and not trial.wait(0.002):
        for function in functions:
            try:
                function()
            except lib.Broken:
                pass
trial = midflight.upgrade("lib", probation=midflight.Probation(0.5, every=0.1, max_error_rate=20)).probation
load(20, trial, [lib.caught])
assert trial.state == "confirmed", trial
midflight.reload_module("lib")
__main__.install(3)
trial = midflight.upgrade("lib", probation=midflight.Probation(600, every=0.1, max_error_rate=20)).probation
load(30, trial, [lib.caught, lib.leaves])
assert trial.state == "rolled back" and lib.N == 2, trial
assert "exceptions left the package's functions" in trial.reason and "more than 20 a second" in trial.reason
""",
        VERSIONS,
    )


def test_other_ends(run):  # noqa: F811
    run(
        HOLD
        + """
trial = midflight.upgrade("lib", probation=midflight.Probation(600, every=0.01)).probation
midflight.rollback()
assert trial.wait(30) and trial.state == "ended" and lib.N == 1
trial = midflight.upgrade("lib", keep=600, probation=0.05).probation
assert trial.wait(30) and trial.state == "confirmed"
assert midflight.rollback().upgraded and lib.N == 1, "the program wanted it kept for longer"
trial = midflight.upgrade("lib", probation=midflight.Probation(600, every=0.01)).probation
assert midflight.confirm() == [] and trial.wait(30) and trial.state == "ended" and lib.N == 2
midflight.reload_module("lib")
__main__.install(3)
trial = midflight.upgrade("lib", probation=midflight.Probation(600, lambda: not midflight.rollback(), every=0.01)).probation
assert trial.wait(30) and trial.state == "ended" and "health check returned False" in trial.reason and lib.N == 2, trial
for bad in (-1, "long", True, float("inf")):
    raises(midflight.Error, midflight.upgrade, "lib", probation=bad)
raises(ValueError, midflight.Probation, 1, health=1)
raises(ValueError, midflight.Probation, 1, every=0)
raises(ValueError, midflight.Probation, 1, max_error_rate="many")
""",
        VERSIONS,
    )


def test_a_slow_health_check_makes_no_errors(run):  # noqa: F811
    run(
        HOLD
        + """
import time
trial = midflight.upgrade("lib", probation=midflight.Probation(1.2, lambda: time.sleep(0.5), every=0.05, max_error_rate=40)).probation
while not trial.wait(0.1):
    raises(lib.Broken, lib.leaves)
assert trial.state == "confirmed", trial
""",
        VERSIONS,
    )


def test_a_forked_child_is_on_no_probation(run):  # noqa: F811
    run(
        HOLD
        + """
import os
trial = midflight.upgrade("lib", probation=midflight.Probation(0.5, every=0.05, max_error_rate=1e6)).probation
child = os.fork()
if child == 0:
    fine = trial.wait(10) and trial.state == "ended" and "forked" in trial.reason
    raises(lib.Broken, lib.leaves)
    os._exit(0 if fine and trial._count == [0] else 1)
assert os.waitpid(child, 0)[1] == 0
assert trial.wait(30) and trial.state == "confirmed"
""",
        VERSIONS,
    )


def test_what_goes_wrong_besides(run):  # noqa: F811
    run(
        HOLD
        + """
import logging, threading
trial = midflight.upgrade("lib", probation=midflight.Probation(0.05, lambda: midflight.confirm(), every=1)).probation
assert trial.wait(30) and trial.state == "confirmed", trial
__main__.install(3)
start, threading.Thread.start = threading.Thread.start, lambda self: exec("raise RuntimeError('no more threads')")
trial = midflight.upgrade("lib", probation=midflight.Probation(600, max_error_rate=1)).probation
threading.Thread.start = start
assert trial.state == "failed" and "no more threads" in trial.reason and trial.wait(0) and lib.N == 3, trial
if sys.version_info >= (3, 12):
    assert [sys.monitoring.get_tool(i) for i in range(6)] == [None] * 6
midflight.rollback()
logging.getLogger("midflight").addFilter(lambda record: 1 / 0)
threading.excepthook = lambda args: None
trial = midflight.upgrade("lib", probation=midflight.Probation(600, lambda: False, every=0.01)).probation
assert trial.wait(30) and trial.state == "rolled back"
""",
        VERSIONS,
    )


def test_the_way_back_is_tried_until_it_is_free(run):  # noqa: F811
    run(
        """
import lib, threading
__main__.install(2)
report = midflight.upgrade("lib")
exec("def user():\\n    return lib.only_three()", namespace := {"lib": lib})
__main__.install(3)
trial = midflight.upgrade("lib", probation=midflight.Probation(600, lambda: False, every=0.05)).probation
assert not trial.wait(1) and trial.state == "unhealthy" and "only_three" in trial.reason and lib.N == 3, trial
namespace.clear()
assert trial.wait(30) and trial.state == "rolled back" and lib.N == 2 and trial.reason == "the health check returned False"
""",
        [*VERSIONS[:2], VERSIONS[2] + "\n\ndef only_three():\n    return 3\n"],
    )
