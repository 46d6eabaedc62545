"""Fields with a default or a factory, frozen classes, derived ones, and what __post_init__ sets."""

import lib


def hold():
    return [lib.Plain(1), lib.Plain(2)], lib.Frozen(3), lib.Derived(4, y=5)


def check(held):
    (first, second), frozen, derived = held
    assert repr(first) == "Plain(x=1, t=[], total=9)" and first.t is not second.t
    assert first == lib.Plain(1) and first.seen == {} and first.seen is not second.seen
    assert frozen == lib.Frozen(3) and hash(frozen) == hash(lib.Frozen(3)) and vars(frozen)["tags"] == ()
    assert derived == lib.Derived(4, y=5)
    assert vars(derived) == vars(lib.Derived(4, y=5)), vars(derived)
