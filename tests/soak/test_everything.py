"""All that threads can do with a package, at once and without a pause, while it is upgraded again and again.

They import, call, create, drop, iterate, pickle, raise and catch, with a tracer, a profiler, tasks, weak callbacks, finalizers and a
collector that never rests. Each thread sees versions that only grow; the counters that the library keeps under its own lock lose
no update; no thread sees an exception that it has not caused.
"""

import os

from tests.support import process
from tests.support.install import Site

SECONDS = float(os.environ.get("MIDFLIGHT_SOAK", "4"))


def version(n):
    return {
        "lib/__init__.py": "from . import things, tally\n",
        "lib/tally.py": f"""
import threading

lock, total, by_kind = threading.Lock(), 0, {{}}
log = []


def count(kind):
    global total
    with lock:
        total += 1
        by_kind[kind] = by_kind.get(kind, 0) + 1
        if len(log) < 1000:
            log.append({n})
        return {n}
""",
        "lib/things.py": f"""
from . import tally

VERSION = {n}


class Error(Exception):
    def __init__(self, number):
        super().__init__(number)
        self.number = number

    def seen(self):
        return {n}


class Thing:
    def __init__(self, name):
        self.name = name
        self.made = tally.count("made")

    def __eq__(self, other):
        return type(self) is type(other) and self.name == other.name

    def __hash__(self):
        return hash(self.name)

    def version(self):
        return {n}


class Mortal(Thing):
    def __del__(self):
        tally.count("dead")


def fail():
    raise Error({n})


def steps(count):
    for step in range(count):
        tally.count("step")
        yield {n}


async def work(pause):
    first = {n}
    await pause(0)
    tally.count("work")
    return first
""",
    }


APPLICATION = """
import asyncio
import gc
import pickle
import sys
import threading
import time
import weakref

import lib
from lib import tally, things
from lib.things import Error, Mortal, Thing, steps

mine = {}
finished = []


def note(kind, many=1):
    mine[threading.get_ident(), kind] = mine.get((threading.get_ident(), kind), 0) + many


def calls():
    note("call")
    return tally.count("call")


def creates():
    note("made")
    thing = Thing("one")
    assert thing.name == "one" and type(thing) is Thing and isinstance(thing, things.Thing)
    return thing.made


def drops():
    note("made")
    note("dead")
    reference = weakref.ref(Mortal("short"), lambda reference: finished.append(1))
    assert reference() is None
    return 0


def iterates():
    note("step", 3)
    return max(steps(3))


def catches():
    try:
        things.fail()
    except Error as error:
        assert isinstance(error, things.Error) and error.number <= error.seen()
        return error.number
    raise AssertionError("nothing raised")


def pickles():
    note("made")
    thing = Thing({"deep": [1, 2]}["deep"][0])
    again = pickle.loads(pickle.dumps(thing))
    assert again == thing or type(again) is not type(thing), "an upgrade between two reads of one expression"
    assert again.name == 1 and isinstance(again, Thing)
    return again.version()


def imports():
    import lib.tally
    from lib.things import VERSION, Thing as again

    assert VERSION <= again.version(again) and lib.tally is tally
    return VERSION


def looks_up():
    note("made")
    table = {Thing("key"): 1}
    note("made")
    assert table[Thing("key")] == 1
    return 0


def collects():
    gc.collect(0)
    return 0


def tasks():
    async def many():
        return max(await asyncio.gather(*[things.work(asyncio.sleep) for _ in range(5)]))

    note("work", 5)
    return asyncio.run(many())


WAYS = WAYS_HERE


def hammer(name, way, stop, errors, done):
    events = []
    if name == "traced":
        sys.settrace(lambda frame, event, arg: events.append(event) if len(events) < 100 else None)
    if name == "profiled":
        sys.setprofile(lambda frame, event, arg: events.append(event) if len(events) < 100 else None)
    last = rounds = 0
    try:
        while not stop.is_set():
            seen = way()
            if 0 < seen < last:
                raise AssertionError(f"{last}, then {seen}")
            last = seen or last
            rounds += 1
        assert events or name not in ("traced", "profiled")
    except BaseException:
        import traceback

        errors.append(f"{name}: {traceback.format_exc()}")
        stop.set()
    finally:
        done[name] = rounds


def main(upgrade, result):
    import __main__
    import midflight

    sys.setswitchinterval(1e-5)
    stop, errors, done = threading.Event(), [], {}
    start = dict(tally.by_kind)
    threads = [threading.Thread(target=hammer, args=(name, way, stop, errors, done)) for name, way in WAYS.items()]
    for thread in threads:
        thread.start()
    deadline, number, refused = time.monotonic() + SECONDS, 1, []
    while time.monotonic() < deadline and not errors:
        number += 1
        __main__.install(number)
        try:
            midflight.upgrade("lib", wait=30.0)
        except midflight.UpgradeRefused as refusal:
            refused.append(str(refusal))
            break
    stop.set()
    for thread in threads:
        thread.join(60)
    gc.collect()
    wanted = dict(start)
    for (_, kind), many in mine.items():
        wanted[kind] = wanted.get(kind, 0) + many
    result.update(errors=errors, done=done, number=number, refused=refused, now=things.VERSION, wanted=wanted)
    result.update(counted=dict(tally.by_kind), total=tally.total, finished=len(finished))
"""

WAYS = {
    "calls": "calls",
    "creates": "creates",
    "drops": "drops",
    "iterates": "iterates",
    "catches": "catches",
    "pickles": "pickles",
    "imports": "imports",
    "looks up": "looks_up",
    "collects": "collects",
    "tasks": "tasks",
    "traced": "calls",
    "profiled": "creates",
}


def run(tmp_path, seconds, ways):
    site = Site(tmp_path / "site")
    site.install("lib", "1", version(1))
    application = tmp_path / "application"
    application.mkdir()
    table = "{" + ", ".join(f"{name!r}: {way}" for name, way in ways.items()) + "}"
    (application / "app.py").write_text(APPLICATION.replace("SECONDS", repr(seconds)).replace("WAYS_HERE", table))
    result = process.run(
        tmp_path,
        "app",
        paths=[site.path, application],
        kind="script",
        oracle=False,
        timeout=seconds + 180,
        install=lambda step: site.upgrade("lib", str(step), version(step)),
    )
    assert "error" not in result, result["traceback"]
    assert result["errors"] == [] and result["refused"] == [], result
    assert result["now"] == result["number"] > 1
    assert all(result["done"].values()), result["done"]
    assert result["counted"] == result["wanted"] and result["total"] == sum(result["wanted"].values()), result
    assert result["finished"] == result["wanted"].get("dead", 0)
    return result


def test_nothing_is_lost(tmp_path, outcome, midflight):
    result = run(tmp_path, SECONDS, WAYS)
    outcome("soak", "everything", f"live | {result['number'] - 1} upgrades, {result['total']} counted, {SECONDS:g} s")
