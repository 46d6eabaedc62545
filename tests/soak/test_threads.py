"""Threads without a pause, the smallest switch interval, and one upgrade after the other.

Each version of the library is a number. A call of the library reads the number at its beginning and at its end, through two
functions of two modules: a pair that differs has straddled the flip. What a thread sees may only grow. MIDFLIGHT_SOAK says
for how many seconds (5 in the ordinary suite, minutes when it matters).
"""

import os
import pathlib

from tests.support import process
from tests.support.install import Site

SECONDS = float(os.environ.get("MIDFLIGHT_SOAK", "5"))


def version(n):
    return {
        "lib/__init__.py": "from .api import Client, call\n",
        "lib/clock.py": f"NUMBER = {n}\n\n\ndef begin():\n    return {n}\n\n\nclass Base:\n    def mark(self):\n        return {n}\n",
        "lib/api.py": f"""
from .clock import NUMBER, Base, begin
from .work import busy, end


def call(x=0):
    first = begin()
    busy(x)
    return first, NUMBER, end(), {n}


class Client(Base):
    def __init__(self):
        self.calls = 0

    def send(self, x=0):
        self.calls += 1
        return (self.mark(), *call(x), super().mark(), {n})

    def each(self, count):
        for _ in range(count):
            yield self.send()

    def __len__(self):
        return {n}
""",
        "lib/work.py": f"def busy(x):\n    return sum(range(x))\n\n\ndef end():\n    return {n}\n",
    }


APPLICATION = """
import functools
import sys
import threading
import time

import lib
from lib import call


class Mine(lib.Client):
    def send(self, x=0):
        return super().send(x)


def ways():
    client, mine = lib.Client(), Mine()
    return {"attribute": lambda: lib.call(20), "imported": lambda: call(20), "method": lambda: client.send(10),
            "bound": client.send, "subclass": lambda: mine.send(10), "partial": functools.partial(call, 5),
            "fresh": lambda: lib.Client().send(), "default": lambda f=call: f(1), "slot": lambda: (len(mine),)}


def hammer(name, way, stop, errors, counts):
    last, calls = 0, 0
    try:
        while not stop.is_set():
            seen = way()
            if len(set(seen)) != 1:
                errors.append(f"{name}: one call saw {seen}")
                return
            if seen[0] < last:
                errors.append(f"{name}: {last}, then {seen[0]}")
                return
            last = seen[0]
            calls += 1
    except BaseException as error:
        import traceback

        errors.append(f"{name}: {traceback.format_exc()}")
    finally:
        counts[name] = (calls, last)


def main(upgrade, result):
    import __main__
    import midflight

    sys.setswitchinterval(1e-6)
    stop, errors, counts = threading.Event(), [], {}
    threads = [threading.Thread(target=hammer, args=(name, way, stop, errors, counts)) for name, way in ways().items()]
    for thread in threads:
        thread.start()
    deadline, number, refused = time.monotonic() + SECONDS, 1, []
    while time.monotonic() < deadline and not errors:
        number += 1
        __main__.install(number)
        try:
            report = midflight.upgrade("lib", wait=30.0)
        except midflight.UpgradeRefused as refusal:
            refused.append(str(refusal))
            break
        if report.old_frames:
            errors.append(f"frames on old code: {report.old_frames}")
    stop.set()
    for thread in threads:
        thread.join(60)
    result.update(errors=errors, counts=counts, number=number, refused=refused, now=lib.call()[0])
"""


def test_versions_only_go_forward(tmp_path, outcome, midflight):
    site = Site(tmp_path / "site")
    site.install("lib", "1", version(1))
    application = tmp_path / "application"
    application.mkdir()
    (application / "app.py").write_text(APPLICATION.replace("SECONDS", repr(SECONDS)))
    result = process.run(
        tmp_path,
        "app",
        paths=[site.path, application],
        kind="script",
        oracle=False,
        timeout=SECONDS + 120,
        install=lambda step: site.upgrade("lib", str(step), version(step)),
    )
    assert "error" not in result, result["traceback"]
    assert result["errors"] == [] and result["refused"] == []
    assert result["now"] == result["number"] > 1
    assert all(calls > 0 for calls, _ in result["counts"].values()), result["counts"]
    total = sum(calls for calls, _ in result["counts"].values())
    outcome("soak", "threads", f"live | {result['number'] - 1} upgrades, {total} calls, {SECONDS:g} s")


def test_application_is_right(tmp_path):
    """The application itself, without an upgrade: every way to call agrees with itself on one version."""
    site = Site(tmp_path / "site")
    site.install("lib", "7", version(7))
    application = tmp_path / "application"
    application.mkdir()
    check = "\n\ndef main(upgrade, result):\n    result['seen'] = {name: sorted(set(way())) for name, way in ways().items()}\n"
    text = APPLICATION[: APPLICATION.index("def hammer")] + check
    (pathlib.Path(application) / "app.py").write_text(text)
    result = process.run(tmp_path, "app", paths=[site.path, application], kind="script", oracle=False, mode="none")
    assert all(seen == [7] for seen in result["seen"].values()), result.get("traceback", result)
