"""ptrmap: a map from address to address agrees with a dict, whatever is put and asked."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

testing = pytest.importorskip("midflight._testing")

KEYS = st.one_of(st.integers(1, 2**40).map(lambda n: n * 16), st.integers(1, 64), st.integers(1, 2**63 - 1))


PUTS = st.lists(st.tuples(KEYS, st.one_of(st.just(0), st.integers(0, 2**63 - 1))), max_size=300)


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(PUTS, st.lists(KEYS, max_size=50), st.integers(0, 500), st.randoms())
def test_agrees_with_a_dict(puts, asks, room, chance):
    """A value of 0 takes the key out again."""
    puts += [(key, 0) for key, _ in chance.sample(puts, len(puts) // 3)]
    expected = {}
    for key, value in puts:
        expected[key] = value
        if value == 0:
            del expected[key]
    asks = [*asks, *dict(puts)]
    used, found, content = testing.pointer_map(puts, asks, room)
    assert used == len(expected) and found == [expected.get(key) for key in asks]
    assert len(content) == used and dict(content) == expected


def test_many():
    puts = [(n * 16, n) for n in range(1, 100_000)]
    used, found, content = testing.pointer_map(puts, [n * 16 for n in range(0, 200_000)])
    assert used == 99_999 and len(content) == used
    assert found == [None, *range(1, 100_000), *[None] * 100_000]
