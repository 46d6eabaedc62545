"""Something goes wrong at every step: an allocation or a system call fails, a signal handler raises. Each time the call is made whole or
the process is as it was.

The numbers are spread over all there are, for some seconds. `make faults` tries every one (tests/faults/every.py), in a build in which
what midflight takes from the C library fails too.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import every
from tests.faults.versions import INSTALLED
from tests.support.install import Site
from tests.support.process import environment

pytest.importorskip("midflight._testing")
HERE = Path(__file__).parent


def try_faults(tmp_path, scenario, fault, **options):
    work = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    work.mkdir()
    found = every.run(work, scenario, fault, loud=False, **options)
    assert found["wrong"] == {}, json.dumps(found, indent=1)[:8000]
    assert found["tried"] > 5, found
    return found


@pytest.mark.parametrize("scenario", INSTALLED)
def test_each_allocation_may_fail(tmp_path, midflight, scenario):
    found = try_faults(tmp_path, scenario, "allocation", numbers=40, seconds=8)
    assert found["counted"] > 1000, found
    assert found["outcomes"].get("MemoryError"), found


@pytest.mark.parametrize("row", [10, 200])
def test_a_row_of_allocations_may_fail(tmp_path, midflight, row):
    found = try_faults(tmp_path, "live", "allocation", numbers=40, seconds=8, row=row)
    assert found["outcomes"].get("MemoryError"), found


@pytest.mark.parametrize("scenario", INSTALLED)
def test_each_system_call_may_fail(tmp_path, midflight, scenario):
    """Files that cannot be opened or read, folders that cannot be listed, memory that cannot be mapped, threads that cannot start."""
    if not every.build_shim(tmp_path):
        pytest.skip("no C compiler")
    found = try_faults(tmp_path, scenario, "call", numbers=30, seconds=6)
    assert found["counted"] > 30, found


@pytest.mark.parametrize("scenario", INSTALLED)
def test_a_signal_handler_may_raise_at_each_step(tmp_path, midflight, scenario):
    """While planning, importing, matching, draining, in the flip, afterwards: wherever a handler can run."""
    found = try_faults(tmp_path, scenario, "signal", numbers=30, seconds=6)
    assert found["counted"] > 50, found
    assert found["outcomes"].get("Interrupted"), found


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
