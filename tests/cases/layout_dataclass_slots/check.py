"""dataclass(slots=True) comes and goes, frozen ones are keys: equality, hashes and order stay."""

import lib


def hold():
    gains = [lib.Gains(n, [n]) for n in range(5)]
    frozen = {lib.Frozen(n, str(n)): n for n in range(20)}
    members = frozenset(frozen)
    return gains, [lib.Loses(n) for n in range(5)], frozen, members, {(key, 1): value for key, value in frozen.items()}


def check(held):
    gains, loses, frozen, members, pairs = held
    assert gains == [lib.Gains(n, [n]) for n in range(5)] and not hasattr(gains[0], "__dict__")
    assert loses == [lib.Loses(n) for n in range(5)] and vars(loses[1]) == {"n": 1}
    assert list(frozen.values()) == list(range(20)) and all(type(key) is lib.Frozen for key in frozen)
    for n in range(20):
        key = lib.Frozen(n, str(n))
        assert frozen[key] == n and key in members and pairs[key, 1] == n
    assert members == frozenset(frozen)
