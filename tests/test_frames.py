"""Frames at the flip: who calls upgrade(), who is suspended, what lies on value stacks and in tracebacks, who watches."""

import sys

import pytest

from tests.test_rollback import run  # noqa: F401

VERSIONS = [
    f"""
import gc

N = {n}
LOG = []


class Error(Exception):
    def name(self):
        return {n}


class C:
    def me(self):
        return {n}

    def call(self, function):
        function()
        return {n}, self.me(), isinstance(self, C), N


def name():
    return {n}


def call(function):
    function()
    return {n}, name(), N


def catch(function):
    try:
        function()
    except Error as error:
        return "caught", {n}, error.name()


def numbers():
    for x in range(4):
        yield {n}, name(), x


async def work(future):
    before = name()
    await future
    return {n}, before, name()


def raises():
    local = C()
    raise Error(local)


def nested():
    def inner():
        return {n}

    return inner()
"""
    for n in (1, 2, 3)
]


def test_upgrade_called_from_a_signal_handler(run):  # noqa: F811
    run(
        """
import lib, os, signal
made = []
def handler(number, frame):
    made.append(midflight.upgrade("lib").upgraded)
signal.signal(signal.SIGUSR1, handler)
__main__.install(2)
one = lib.C()
assert one.call(lambda: os.kill(os.getpid(), signal.SIGUSR1)) == (1, 2, True, 2), "in the middle of a call of the package"
assert made and lib.name() == 2 and one.me() == 2
""",
        VERSIONS,
    )


@pytest.mark.parametrize(
    "how", ["weakref.finalize(thing, go)", "weakref.ref(thing, lambda ref: go())", "Thing.__del__"]
)
def test_upgrade_called_while_an_object_dies(run, how):  # noqa: F811
    made = "made.append(midflight.upgrade('lib').upgraded)"
    body = f"""
import lib, weakref
class Thing:
    pass
made = []
def go():
    {made}
thing = Thing()
__main__.install(2)
KEEP = {how if "thing" in how else "setattr(Thing, '__del__', lambda self: go())"}
def drop():
    global thing
    thing = None
drops = [lambda: globals().pop("unused", None)]
holder = [thing]
del thing
assert lib.call(holder.clear) == (1, 2, 2), made
assert made and made[0] and lib.name() == 2
"""
    run(body, VERSIONS)


def test_upgrade_called_by_the_collector(run):  # noqa: F811
    """A finalizer that runs inside a garbage collection: the collector keeps objects where no walk finds them."""
    run(
        """
import lib
made = []
class Thing:
    def __del__(self):
        try:
            made.append(midflight.upgrade("lib", wait=0.3).upgraded)
        except midflight.UpgradeRefused as refusal:
            made.append([reason.code for reason in refusal.reasons])
thing = Thing()
thing.me = thing
held = [lib.C() for _ in range(10)]
__main__.install(2)
del thing
gc.collect()
assert len(made) == 1 and all(one.me() == lib.name() == lib.N for one in held), made
assert made == [["collector-busy"]] and lib.N == 1 or lib.N == 2, made
midflight.upgrade("lib")
assert lib.N == 2 and all(one.me() == 2 for one in held)
""",
        VERSIONS,
    )


def test_a_collection_that_waits_for_the_upgrade_is_not_waited_for(run):  # noqa: F811
    """What the collector called asks: nothing is begun, not even the rehearsal, whose import leaves a file here."""
    rehearsed = "import os\nopen(os.path.join(os.path.dirname(__file__), 'rehearsed'), 'w').close()\n"
    run(
        """
import lib, os
made = []
class Thing:
    def __del__(self):
        try:
            made.append(midflight.upgrade("lib", rehearse=True).upgraded)
        except midflight.UpgradeRefused as refusal:
            made.append([reason.code for reason in refusal.reasons])
thing = Thing()
thing.me = thing
__main__.install(2)
del thing
gc.collect()
mark = os.path.join(os.path.dirname(lib.__file__), "rehearsed")
assert made == [["collector-busy"]] and not os.path.exists(mark), made
midflight.upgrade("lib", rehearse=True)
assert lib.N == 2 and os.path.exists(mark)
""",
        [VERSIONS[0], VERSIONS[1] + rehearsed],
    )


def test_two_threads_at_once(run):  # noqa: F811
    run(
        """
import lib, threading
__main__.install(2)
barrier, answers = threading.Barrier(4), []
def go():
    barrier.wait()
    try:
        answers.append(len(midflight.upgrade("lib").upgraded))
    except (midflight.Error, RuntimeError) as error:
        answers.append(str(error))
threads = [threading.Thread(target=go) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
assert lib.name() == 2 and answers.count(1) == 1, answers
assert all(answer in (0, 1) or "another upgrade is under way" in answer for answer in answers), answers
""",
        VERSIONS,
    )


def test_upgrade_called_from_a_task(run):  # noqa: F811
    """Coroutines of the package that wait, and the one that is running, go on in the new version."""
    run(
        """
import asyncio, lib
__main__.install(2)
async def main():
    future = asyncio.get_running_loop().create_future()
    tasks = [asyncio.create_task(lib.work(future)) for _ in range(3)]
    await asyncio.sleep(0)
    assert midflight.upgrade("lib").upgraded
    future.set_result(None)
    return await asyncio.gather(*tasks, lib.work(future))
assert asyncio.run(main()) == [(1, 1, 2)] * 3 + [(2, 2, 2)]
""",
        VERSIONS,
    )


def test_generators_suspended_across(run):  # noqa: F811
    run(
        """
import lib
numbers, untouched = lib.numbers(), lib.numbers()
assert next(numbers) == (1, 1, 0)
pending = zip(numbers, "ab")
__main__.install(2)
midflight.upgrade("lib", keep=600)
assert next(numbers) == (1, 2, 1), "old instructions in the new world"
assert next(pending) == ((1, 2, 2), "a") and next(untouched) == (1, 2, 0)
midflight.rollback()
assert next(pending) == ((1, 1, 3), "b") and list(untouched) == [(1, 1, x) for x in (1, 2, 3)] and next(numbers, None) is None
""",
        VERSIONS,
    )


def test_values_on_stacks(run):  # noqa: F811
    """What an expression has computed already and not used yet moves, at any depth below a call under way."""
    run(
        """
import lib
made = []
def go():
    made.append(midflight.upgrade("lib").upgraded)
    return 0
__main__.install(2)
def several(*args, **kwargs):
    return args, kwargs
C = lib.C
values = several(lib.name, lib.C(), [lib.call, go()], lib.name, key=lib.name)
(first, one, (call, _), last), kwargs = values
assert made and first is lib.name is last is kwargs["key"] and call is lib.call and type(one) is lib.C and one.me() == 2 and C is lib.C
__main__.install(3)
assert lib.name() + go() * lib.name() + (lib.name)() == 2 + 0 + 3
assert [x.me() for x in [lib.C(), lib.C()] if go() == 0] == [3, 3]
assert made[1] and not made[2]
""",
        VERSIONS,
    )


def test_an_except_clause_that_was_entered_before(run):  # noqa: F811
    run(
        """
import lib
__main__.install(2)
def raise_after():
    midflight.upgrade("lib")
    raise lib.Error()
assert lib.catch(raise_after) == ("caught", 1, 2), "the old frame catches what the new version raises"
""",
        VERSIONS,
    )


def test_frames_in_tracebacks(run):  # noqa: F811
    """A traceback that is kept shows the new world, and does not keep the old one alive."""
    run(
        """
import lib, traceback
try:
    lib.raises()
except lib.Error as caught:
    error = caught
__main__.install(2)
report = midflight.upgrade("lib")
assert report.old_generation == [], report.old_generation
frame = error.__traceback__.tb_next.tb_frame
assert type(frame.f_locals["local"]) is lib.C and frame.f_globals is lib.__dict__ and type(error) is lib.Error and error.name() == 2
assert "raises" in "".join(traceback.format_exception(error)) and error.args[0] is frame.f_locals["local"]
""",
        VERSIONS,
    )


def test_a_frame_that_does_not_fit_is_refused_by_name(run):  # noqa: F811
    run(
        """
import lib
__main__.install(2)
refusals = []
def go():
    refusals.append(raises(midflight.UpgradeRefused, midflight.upgrade, "lib"))
assert lib.call(go) == 1 and lib.N == 1
reason = refusals[0].reasons[0]
assert reason.code in ("active", "frame") and reason.symbol == "call" and "helper" in reason.cause, reason
""",
        [
            "N = 1\n\n\ndef call(f):\n    f()\n    return helper(1)\n\n\ndef helper(x):\n    return x\n",
            "N = 2\n\n\ndef call(f):\n    f()\n    return helper()\n\n\ndef helper():\n    return 2\n",
        ],
    )


def test_a_removed_name_is_served_to_that_call_alone(run):  # noqa: F811
    run(
        """
import lib
__main__.install(2)
assert lib.call(lambda: midflight.upgrade("lib")) == ("old helper", 2) and not hasattr(lib, "helper")
assert raises(NameError, eval, "helper", vars(lib)) and lib.call(len.__name__.upper) == ("inline", 2)
""",
        [
            "N = 1\n\n\ndef call(f):\n    f()\n    return helper(), N\n\n\ndef helper():\n    return 'old helper'\n",
            "N = 2\n\n\ndef call(f):\n    f()\n    return 'inline', N\n",
        ],
    )


def test_trace_and_profile_functions_stay_attached(run):  # noqa: F811
    run(
        """
import lib
def watch(events):
    def function(frame, event, arg):
        if frame.f_globals.get("__name__") == "lib":
            events.append((event, frame.f_code.co_name, frame.f_lineno, frame.f_code.co_consts.count(2)))
        return function
    return function
__main__.install(2)
traced, profiled = [], []
trace, profile = watch(traced), watch(profiled)
sys.settrace(trace)
sys.setprofile(profile)
lib.call(lambda: midflight.upgrade("lib"))
name, inner = lib.name(), lib.nested()
sys.setprofile(None)
assert sys.gettrace() is trace
sys.settrace(None)
assert (name, inner) == (2, 2)
for events, kinds in ((traced, ["call", "line", "return"]), (profiled, ["call", "return"])):
    mine = [event[0] for event in events if event[1] == "name" and event[3] == 1]
    assert mine[-len(kinds):] == kinds, ("new code is reported", events)
    assert ("return", "call") in [event[:2] for event in events], ("and the call that was under way, to its end", events)
assert [event[0] for event in traced if event[1] == "inner"] == ["call", "line", "return"]
""",
        VERSIONS,
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_local_events_of_monitoring_tools_are_on_the_new_code(run):  # noqa: F811
    run(
        """
import lib
M, E = sys.monitoring, sys.monitoring.events
seen = {0: [], 1: []}
for tool in seen:
    M.use_tool_id(tool, f"tool {tool}")
    M.register_callback(tool, E.PY_START, lambda code, offset, tool=tool: seen[tool].append((code.co_name, code.co_consts.count(2))))
    M.register_callback(tool, E.LINE, lambda code, line, tool=tool: seen[tool].append((code.co_name, line)))
inner = [c for c in lib.nested.__code__.co_consts if hasattr(c, "co_name")][0]
M.set_local_events(0, lib.name.__code__, E.PY_START)
M.set_local_events(1, lib.name.__code__, E.LINE)
M.set_local_events(1, inner, E.PY_START)
M.set_local_events(0, lib.call.__code__, E.LINE)
__main__.install(2)
def go():
    midflight.upgrade("lib", keep=600)
assert lib.call(go) == (1, 2, 2), "a call that is watched, under way"
line = lib.name.__code__.co_firstlineno + 1
assert ("name", 1) in seen[0] and ("name", line) in seen[1], seen
assert M.get_local_events(0, lib.name.__code__) == E.PY_START and M.get_local_events(0, lib.C.me.__code__) == 0
seen[0].clear(), seen[1].clear()
lib.name(), lib.nested()
assert seen == {0: [("name", 1)], 1: [("name", line), ("inner", 1)]}, seen
M.set_local_events(0, lib.name.__code__, 0)
midflight.rollback()
seen[0].clear(), seen[1].clear()
lib.name(), lib.nested()
assert seen == {0: [], 1: [("name", line), ("inner", 0)]}, seen
""",
        VERSIONS,
    )
