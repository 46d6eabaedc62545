"""What the tests of src/disk share: the compiled probe, and places to install to."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.disk import SANITIZE, WRAP, Probe, build, has_sanitizers


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probe")
    kinds = {"plain": ["-O2"]}
    if has_sanitizers(folder):
        kinds["sanitized"] = SANITIZE
        kinds["faults"] = [*SANITIZE, *WRAP]
    else:
        kinds["faults"] = ["-O1", *WRAP]
    programs = {}
    for kind, options in kinds.items():
        programs[kind] = build(folder, f"disk_probe_{kind}", *options)
        assert isinstance(programs[kind], Path), programs[kind][1]
    return programs


@pytest.fixture(scope="session", params=["plain", "sanitized"])
def probe(request, programs):
    if request.param not in programs:
        pytest.skip("this compiler has no AddressSanitizer")
    return Probe(programs[request.param])


@pytest.fixture
def site(tmp_path):
    path = tmp_path / "site"
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """An environment with pip of its own: python, site directory."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
    python = folder / "bin/python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True)
    return python, Path(done.stdout.strip())
