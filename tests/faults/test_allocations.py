"""No memory: one allocation after the other fails during an upgrade, and each time it is made whole or the process is as it was.

The numbers are spread over all that midflight asks for, for half a minute. `make faults` tries every one (MIDFLIGHT_FAULTS=all), and in
its build what midflight takes from the C library fails too.
"""

import json
import os
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
SECONDS = 7200 if EVERY else 30


@pytest.mark.timeout(SECONDS + 300)
def test_each_allocation_may_fail(tmp_path, midflight):
    site = Site(tmp_path / "site")
    site.install("lib", "1", V1)
    site.install("noisy", "1", NOISY1)
    specification = tmp_path / "specification.json"
    specification.write_text(
        json.dumps(
            {
                "root": str(HERE.parent.parent),
                "site": str(site.path),
                "numbers": 0 if EVERY else 150,
                "rows": [1, 10, 200],
                "limit": 60,
                "seconds": SECONDS,
            }
        )
    )
    done = subprocess.run(
        [sys.executable, "-P", str(HERE / "program.py"), str(specification)],
        capture_output=True,
        text=True,
        timeout=SECONDS + 120,
        env={**environment([site.path]), "MIDFLIGHT_VAULT": "off"},  # its thread allocates when it likes
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == {}, json.dumps(found, indent=1)[:8000]
    assert min(found["allocations"].values()) > 1000 and found["tried"] > 20, found
    assert found["outcomes"].get("lib: MemoryError") and found["outcomes"].get("noisy: MemoryError"), found


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
