"""ptrmap: a map from address to address agrees with a dict, whatever is put and asked."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

testing = pytest.importorskip("midflight._testing")

KEYS = st.one_of(st.integers(1, 2**40).map(lambda n: n * 16), st.integers(1, 64), st.integers(1, 2**63 - 1))


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(KEYS, st.integers(0, 2**63 - 1)), max_size=300), st.lists(KEYS, max_size=50))
def test_agrees_with_a_dict(puts, asks):
    expected = dict(puts)
    asks = [*asks, *expected]
    used, found, content = testing.pointer_map(puts, asks)
    assert used == len(expected) and found == [expected.get(key) for key in asks]
    assert len(content) == used and dict(content) == expected


def test_many():
    puts = [(n * 16, n) for n in range(1, 100_000)]
    used, found, content = testing.pointer_map(puts, [n * 16 for n in range(0, 200_000)])
    assert used == 99_999 and len(content) == used
    assert found == [None, *range(1, 100_000), *[None] * 100_000]
