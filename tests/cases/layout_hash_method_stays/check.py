"""Keys whose hash is a method that does not change keep their place; sets and nested keys too."""

import lib


def hold():
    keys = [lib.Key(n, str(n)) for n in range(30)]
    return keys, {key: key.n for key in keys}, set(keys), {(key, frozenset([key])): key.n for key in keys}


def check(held):
    keys, table, members, nested = held
    assert [type(key) for key in table] == [lib.Key] * 30 and list(table.values()) == list(range(30))
    for n in range(30):
        fresh = lib.Key(n, str(n))
        assert table[fresh] == n and fresh in members and nested[fresh, frozenset([fresh])] == n and table[keys[n]] == n
        assert next(key for key in table if key.n == n) is keys[n]
