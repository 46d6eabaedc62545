"""Something goes wrong at every step: an allocation or a system call fails, a signal handler raises. Each time the upgrade is made whole or
the process is as it was.

The numbers are spread over all there are, for some seconds. `make faults` tries every one (MIDFLIGHT_FAULTS=all), and in its build what
midflight takes from the C library fails too.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.versions import NOISY1, V1
from tests.support.install import Site
from tests.support.process import environment

pytest.importorskip("midflight._testing")
HERE = Path(__file__).parent
EVERY = os.environ.get("MIDFLIGHT_FAULTS") == "all"


def try_faults(tmp_path, fault, *, seconds, numbers, rows=(1,), env=()):
    """Runs program.py; what it found."""
    seconds = 7200 if EVERY else seconds
    site = Site(tmp_path / "site")
    site.install("lib", "1", V1)
    site.install("noisy", "1", NOISY1)
    specification = tmp_path / "specification.json"
    specification.write_text(
        json.dumps(
            {
                "root": str(HERE.parent.parent),
                "site": str(site.path),
                "fault": fault,
                "numbers": 0 if EVERY else numbers,
                "rows": rows,
                "limit": 60,
                "seconds": seconds,
            }
        )
    )
    done = subprocess.run(
        [sys.executable, "-P", str(HERE / "program.py"), str(specification)],
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        env={**environment([site.path]), **dict(env)},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == {}, json.dumps(found, indent=1)[:8000]
    assert found["tried"] > 10, found
    return found


def test_each_allocation_may_fail(tmp_path, midflight):
    found = try_faults(tmp_path, "allocation", seconds=12, numbers=150, rows=[1, 10, 200])
    assert min(found["counted"].values()) > 1000, found
    assert found["outcomes"].get("lib: MemoryError") and found["outcomes"].get("noisy: MemoryError"), found


def test_each_system_call_may_fail(tmp_path, midflight):
    """Files that cannot be opened or read, folders that cannot be listed, memory that cannot be mapped, threads that cannot start."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler:
        pytest.skip("no C compiler")
    shim = tmp_path / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", shim, HERE / "shim.c", "-ldl"], check=True)
    before = os.environ.get("LD_PRELOAD")
    preload = f"{shim} {before}" if before else str(shim)
    found = try_faults(tmp_path, "call", seconds=6, numbers=100, env={"LD_PRELOAD": preload})
    assert min(found["counted"].values()) > 30, found
    assert found["outcomes"].get("lib: done") and len(found["outcomes"]) > 2, found


def test_a_signal_handler_may_raise_at_each_step(tmp_path, midflight):
    """The signal arrives at an allocation of any number: while planning, importing, matching, draining, in the flip, afterwards."""
    found = try_faults(tmp_path, "signal", seconds=6, numbers=100)
    assert min(found["counted"].values()) > 5000, found
    assert found["outcomes"].get("lib: Interrupted"), found


GREEDY = {
    "1": {"lib.py": "def function():\n    return 1\n"},
    "2": {
        "lib.py": """
import logging

logging.getLogger("lib").addHandler(logging.NullHandler())
hoard = []
for size in (1 << 20, 1 << 14, 1 << 9, 1):
    try:
        while True:
            hoard.append(b"x" * size + bytes(size))
    except MemoryError:
        pass
raise MemoryError
"""
    },
    "3": {"lib.py": "def function():\n    return 3\n"},
}

GREEDY_PROGRAM = """
import gc, json, logging, resource, sys, warnings
import midflight
import lib

sys.path.append({root!r})
from tests.support.install import Site
sys.path.remove({root!r})
site, trees = Site({site!r}), json.loads({trees!r})
held = lib.function


def state():
    return (dict(vars(lib)), dict(sys.modules), list(sys.path), list(sys.meta_path), type(sys.modules),
            list(logging.getLogger("lib").handlers), list(warnings.filters), gc.get_freeze_count())


site.upgrade("lib", "2", trees["2"])
logging.getLogger("lib")
before = state()
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), resource.RLIM_INFINITY))
try:
    midflight.upgrade("lib")
except MemoryError:
    pass
else:
    raise AssertionError("there was memory")
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
after = state()
assert before == after, [pair for pair in zip(before, after) if pair[0] != pair[1]]
assert lib.function is held and held() == 1
site.upgrade("lib", "3", trees["3"])
report = midflight.upgrade("lib")
assert lib.function is held and held() == 3 and not report.old_generation, report.old_generation
"""


def test_an_import_that_uses_up_the_memory_is_undone(tmp_path, midflight):
    """What undoing takes was set aside: the new version's module, which holds all there is, is alive until then."""
    site = Site(tmp_path / "site")
    site.install("lib", "1", GREEDY["1"])
    program = tmp_path / "program.py"
    program.write_text(
        GREEDY_PROGRAM.format(root=str(HERE.parent.parent), site=str(site.path), trees=json.dumps(GREEDY))
    )
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment([site.path]),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
