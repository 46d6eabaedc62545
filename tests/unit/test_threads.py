"""Threads of native code enter CPython's list of threads without the GIL: whoever walks over it must not meet them half-made."""

import subprocess
import sys

from tests.support.process import TIMEOUT

SCRIPT = """
import time
from midflight import _testing
_testing.strangers_begin(4)
missing = 0
for _ in range(40000):
    missing += _testing.walks(50)
    time.sleep(0)  # gives the GIL away, so that they come to their end and again
assert _testing.strangers_end() > 1000
assert missing == 0, missing
"""


def test_native_threads_that_come_and_go(midflight):
    """On CPython 3.11 such a process crashed within a second."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", SCRIPT], capture_output=True, text=True, timeout=TIMEOUT
    )
    assert done.returncode == 0, done.stderr
