"""Keys whose __hash__ is Python code and made of one more thing in the new version: asked of stand-ins before the flip,
so that every table finds them again, in its order; also inside tuples, as weak keys, in caches, one in another, and
keys of the application's own classes that are made of the library's."""

import dataclasses
import functools
import weakref

from hash_of_keys_changed import Key, Nested, Own, Slotted


@dataclasses.dataclass(frozen=True)
class Mine:
    kind: type
    number: int


class App(Key):
    """Inherits the hash of the library's class."""


class AppSlotted(Slotted):
    pass


@functools.lru_cache(maxsize=8)
def cached(key):
    return [key]


def hold():
    keys, nested, own = [Key(n) for n in range(20)], Nested(Key(100)), Own("n")
    slotted = [Slotted(n) for n in range(20)]
    return (
        {key: key.a for key in keys},
        {*keys, nested, own},
        {(keys[0], "t"): 1, (own, (keys[1],)): 2, frozenset([keys[2]]): 3},
        weakref.WeakKeyDictionary({own: "weak", keys[3]: "key"}),
        (keys[4], cached(keys[4])),
        {nested: "nested", own: "own"},
        {key: key.a for key in slotted},
        {slotted[3], (slotted[4],)},
        {Mine(Key, 1): "mine"},
        {App(5): "app", AppSlotted(6): "slotted"},
        keys,
    )


def check(held):
    table, members, inside, weak, (key, result), both, slotted, some, mine, app, keys = held
    assert list(table.values()) == list(range(20)) and all(
        table[Key(n)] == n and table[keys[n]] == n for n in range(20)
    )
    assert all(Key(n) in members for n in range(20)) and Nested(Key(100)) in members and Own("n") in members
    assert inside[Key(0), "t"] == 1 and inside[Own("n"), (Key(1),)] == 2 and inside[frozenset([Key(2)])] == 3
    assert weak[Own("n")] == "weak" and weak[keys[3]] == "key" and len(weak) == 2
    assert cached(Key(4)) is result and cached(key) is result
    assert both[Nested(Key(100))] == "nested" and both[Own("n")] == "own"
    assert all(slotted[Slotted(n)] == n for n in range(20)) and list(slotted.values()) == list(range(20))
    assert Slotted(3) in some and (Slotted(4),) in some and mine[Mine(Key, 1)] == "mine"
    assert app[App(5)] == "app" and app[AppSlotted(6)] == "slotted"
    assert hash(keys[0]) == hash(Key(0)) and hash(next(iter(slotted))) == hash(Slotted(0))
