"""A hundred upgrades to and fro leave the process as large as ten did."""

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


APPLICATION = """
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


def main(upgrade, result):
    import __main__
    import midflight

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
