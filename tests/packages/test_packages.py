"""Real packages from one release to another, with every submodule loaded and everything held.

A few steps of tests/packages/releases.toml, one for each package; all of them, in both directions, with --all-releases.
"""

import pytest

from tests.packages import steps
from tests.packages.step import make


def pytest_generate_tests(metafunc):
    if "step" in metafunc.fixturenames:
        chosen = steps.steps() if metafunc.config.getoption("--all-releases") else steps.few()
        metafunc.parametrize("step", list(chosen), ids=str)


def test_step(step, tmp_path, outcome, midflight):
    outcome("packages", str(step), "failed")
    try:
        made = make(step, tmp_path)
    except steps.Offline as offline:
        outcome("packages", str(step), "skipped")
        pytest.skip(str(offline))
    outcome("packages", str(step), str(made))
    if made.kind != "live":
        pytest.xfail(str(made))
