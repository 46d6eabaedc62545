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
        env=environment([site.path]),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == {}, json.dumps(found, indent=1)[:8000]
    assert min(found["allocations"].values()) > 1000 and found["tried"] > 20, found
    assert found["outcomes"].get("lib: MemoryError") and found["outcomes"].get("noisy: MemoryError"), found
