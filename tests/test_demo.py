"""What the README promises first: the demo, in a process of its own. Needs an index that pip can reach."""

import json
import subprocess
import sys

import pytest

from tests.support import process

DEMO = process.SUPPORT.parent.parent / "examples" / "demo.py"


def test_demo():
    done = subprocess.run([sys.executable, DEMO, "--json"], capture_output=True, text=True, timeout=600)
    if "pip cannot install" in done.stderr:
        pytest.skip("no package index")
    shown = json.loads(done.stdout or done.stderr)
    assert done.returncode == 0 and shown["good"], {
        key: shown.get(key) for key in ("checks", "errors", "error", "exit")
    }
    assert shown["failed"] == 0 < shown["sent"]
