"""A hundred upgrades to and fro, or upgrades and rollbacks, leave the process as large as ten did. MIDFLIGHT_ROUNDS: as many more."""

import os

from tests.support import process
from tests.support.install import Site


def version(n):
    classes = "".join(
        f"\n\nclass C{i}:\n    def __init__(self):\n        self.x = {n}\n\n    def m(self, x=F{i}):\n        return F{i}(x, {n})\n"
        for i in range(20)
    )
    functions = "".join(
        f"\n\ndef F{i}(x, y=({n}, {i}, 'a constant tuple')):\n    return lambda: (x, y, {n})\n" for i in range(20)
    )
    return {
        "lib/__init__.py": f"from .mod import *\n\n__version__ = '{n}'\nTABLE = {{C0: F0, F1: C1}}\n",
        "lib/mod.py": f"N = {n}\n" + functions + classes,
    }


ROUNDS = int(os.environ.get("MIDFLIGHT_ROUNDS", "60"))
APPLICATION = """
ROUNDS = 0
import functools
import gc
import weakref

import lib

HELD = {"class": lib.C1, "instances": [lib.C2() for _ in range(100)], "bound": lib.C3().m, "partial": functools.partial(lib.F4, 1),
        "keys": {lib.C5: lib.F5, (lib.C6, lib.F6): 1}, "weak": weakref.WeakSet([lib.C7, lib.F7]), "closure": lib.F8(1)}


class Mine(lib.C9):
    def m(self):
        return super().m()


def resident():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Anonymous:"))


def back_and_forth(midflight, rounds, result):
    # Each version is kept while the other one is loaded; the files are those of version 2 all the time.
    import os
    import __main__

    __main__.install(1)
    mine, marks = Mine(), []
    midflight.upgrade("lib", wait=30.0, keep=1e6)
    for step in range(2, rounds + 2):
        lib.N_CALLS = step
        midflight.rollback(wait=30.0, keep=1e6)
        wanted = "2" if step % 2 else "1"
        assert lib.__version__ == wanted and HELD["closure"]()[2] == int(wanted) and lib.N_CALLS == step
        assert HELD["keys"][lib.C5] is lib.F5 and len(HELD["weak"]) == 2 and mine.m()()[2] == int(wanted)
        if step % (rounds // 10) == 0:
            assert midflight._engine.kept(20)  # the thread that keeps files has ended
            gc.collect()
            marks.append((len(gc.get_objects()), resident(), len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))))
    result.update(marks=marks, kept=midflight.confirm())


def main(upgrade, result):
    import __main__
    import midflight

    if ROUNDS:
        return back_and_forth(midflight, ROUNDS, result)
    mine, marks, reports = Mine(), [], []
    for step in range(1, 101):
        __main__.install(step)
        report = midflight.upgrade("lib", wait=30.0)
        wanted = "2" if step % 2 else "1"
        assert lib.__version__ == wanted and HELD["closure"]()[2] == int(wanted), (step, lib.__version__)
        assert HELD["keys"][lib.C5] is lib.F5 and len(HELD["weak"]) == 2 and mine.m()()[2] == int(wanted)
        if report.old_generation:
            reports.append(report.old_generation)
        if step % 10 == 0:
            del report
            gc.collect()
            marks.append((len(gc.get_objects()), resident()))
    result.update(marks=marks, kept=reports)
"""


def test_a_hundred_upgrades_do_not_grow(tmp_path, outcome, midflight):
    site = Site(tmp_path / "site")
    site.install("lib", "1", version(1))
    application = tmp_path / "application"
    application.mkdir()
    (application / "app.py").write_text(APPLICATION)

    def install(step):
        number = 2 if step % 2 else 1
        site.upgrade("lib", str(number), version(number))

    result = process.run(
        tmp_path, "app", paths=[site.path, application], kind="script", oracle=False, timeout=180, install=install
    )
    assert "error" not in result, result["traceback"]
    assert result["kept"] == [], f"the old generation lives: {result['kept'][0]}"
    objects = [mark[0] for mark in result["marks"]]
    memory = [mark[1] for mark in result["marks"]]
    # From the second mark on nothing may be added per upgrade; the marks themselves are eight objects.
    assert objects[-1] - objects[1] < 80, f"objects after each tenth upgrade: {objects}"
    assert memory[-1] - memory[1] < 1024, f"kB after each tenth upgrade: {memory}"
    outcome(
        "growth", "a hundred upgrades", f"live | objects {objects[1]} to {objects[-1]}, {memory[1]} to {memory[-1]} kB"
    )


def test_rollbacks_do_not_grow(tmp_path, outcome, midflight):
    site = Site(tmp_path / "site")
    site.install("lib", "1", version(1))
    application = tmp_path / "application"
    application.mkdir()
    (application / "app.py").write_text(APPLICATION.replace("ROUNDS = 0", f"ROUNDS = {ROUNDS}", 1))
    result = process.run(
        tmp_path,
        "app",
        paths=[site.path, application],
        kind="script",
        oracle=False,
        timeout=60 + ROUNDS,
        install=lambda step: site.upgrade("lib", "2", version(2)),
    )
    assert "error" not in result, result["traceback"]
    assert result["kept"] == [], f"the version that was kept last lives: {result['kept'][0]}"
    objects, memory, files, threads = zip(*result["marks"], strict=True)
    assert objects[-1] - objects[1] < 80, f"objects after each tenth of {ROUNDS} rollbacks: {objects}"
    assert memory[-1] - memory[1] < 1024, f"kB after each tenth: {memory}"
    assert len(set(files[1:])) == len(set(threads[1:])) == 1, (files, threads)
    outcome(
        "growth", f"{ROUNDS} rollbacks", f"live | objects {objects[1]} to {objects[-1]}, {memory[1]} to {memory[-1]} kB"
    )
