"""What the whole suite shares: a check that midflight can be imported, and the tables of outcomes at the end.

A test of an upgrade records its outcome ("live", or "refused: CODE") under a table's name; the tables are printed when the
run ends, so that a refusal is always seen and counted, also where it is allowed.
"""

import collections
import os
import shutil
import subprocess
import sys
import tempfile

import pytest

VAULT = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption(
        "--all-releases", action="store_true", help="every step of tests/packages, not one for each package"
    )
    parser.addoption(
        "--upgrades", type=int, default=100, help="how many upgrades each generated test makes (default: %(default)s)"
    )


def pytest_configure(config):
    # Not the user's own: what tests leave there when they are killed is gone afterwards.
    config.stash[VAULT] = os.environ["MIDFLIGHT_VAULT"] = tempfile.mkdtemp(prefix="midflight-vault-")


def pytest_unconfigure(config):
    shutil.rmtree(config.stash[VAULT], ignore_errors=True)


@pytest.fixture(scope="session")
def midflight():
    """Every test that upgrades asks for this: the child processes can import midflight."""
    done = subprocess.run([sys.executable, "-P", "-c", "import midflight"], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        pytest.fail(
            "midflight cannot be imported by this interpreter, run `make setup`:\n" + done.stderr[-2000:], pytrace=False
        )


@pytest.fixture
def outcome(record_property):
    """outcome(table, row, text): notes one line of a table that is printed at the end of the run."""

    def note(table, row, text):
        record_property("outcome", (table, row, text))

    return note


def pytest_terminal_summary(terminalreporter):
    tables = collections.defaultdict(dict)
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "outcome":
                    table, row, text = value
                    tables[table][row] = text
    for table, rows in sorted(tables.items()):
        counts = collections.Counter(text.split(" | ")[0] for text in rows.values())
        terminalreporter.section(f"{table}: " + ", ".join(f"{n} {text}" for text, n in counts.most_common()))
        for row, text in sorted(rows.items()):
            if text != "live":
                terminalreporter.write_line(f"  {row:44} {text}")
