"""Hashes that follow a class through what contains it, level by level."""

import pytest

from tests.support import program

LIB = {n: {"lib.py": f"class Thing: pass\ndef version(): return {n}\n"} for n in "12"}
KEYS = """
import lib

def nest(levels):
    key = (lib.Thing,)
    for i in range(levels):
        key = (key, i) if i % 2 else frozenset([key])
    return key
"""


@pytest.fixture
def run(tmp_path, midflight):
    return lambda script: program.run(tmp_path, {"lib": LIB}, KEYS + script)


def test_keys_that_lie_in_each_other(run):
    """More levels than one hold of the GIL is for."""
    run("""
table = {nest(200): "found"}
install("lib", "2")
midflight.upgrade("lib")
assert lib.version() == 2 and table[nest(200)] == "found"
""")


def test_endless_nesting_is_refused(run):
    """It would hold every thread up for minutes."""
    run("""
key = nest(100_000)
install("lib", "2")
try:
    midflight.upgrade("lib")
except midflight.UpgradeRefused as refusal:
    assert {reason.code for reason in refusal.reasons} == {"holder"}, refusal
    assert "too deep" in str(refusal)
else:
    raise AssertionError("it was made")
assert lib.version() == 1
while len(key) == 2 or type(key) is frozenset:
    key = key[0] if type(key) is tuple else next(iter(key))
assert key == (lib.Thing,)
""")
