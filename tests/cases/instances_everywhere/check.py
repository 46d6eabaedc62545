"""Instances in slots, dicts, closures, default arguments, frame locals, class attributes; with and without attributes."""

# ruff: noqa: B008
import types

import lib


class Slotted:
    __slots__ = ("one",)
    shared = lib.Thing("class attribute")


def default(thing=lib.Thing("default"), *, other=lib.Thing("keyword")):
    return thing.show(), other.show()


def closure(thing):
    return lambda: thing.show()


def frame():
    local = lib.Thing("local")
    yield
    yield local.show(), type(local) is lib.Thing


def hold():
    slotted, generator = Slotted(), frame()
    slotted.one = lib.Thing("slot")
    next(generator)
    extended = lib.Thing("extended")
    extended.more = extended
    bare = lib.Small()
    full = lib.Small()
    full.__dict__.update({f"a{i}": i for i in range(100)})
    replaced = lib.Thing("replaced")
    replaced.__dict__ = {"name": "other"}
    return (
        slotted,
        closure(lib.Thing("closure")),
        generator,
        types.SimpleNamespace(x=lib.Thing("space")),
        extended,
        bare,
        full,
        replaced,
        [lib.Thing(str(i)) for i in range(2000)],
    )


def check(held):
    slotted, closed, generator, space, extended, bare, full, replaced, many = held
    assert slotted.one.show() == ("slot", 2) and Slotted.shared.show() == ("class attribute", 2)
    assert default() == (("default", 2), ("keyword", 2)) and closed() == ("closure", 2)
    assert next(generator) == (("local", 2), True) and space.x.show() == ("space", 2)
    assert (
        extended.more is extended
        and extended.show() == ("extended", 2)
        and list(extended.__dict__) == ["name", "parent", "children", "more"]
    )
    assert type(bare) is lib.Small and not bare.__dict__ and full.a99 == 99 and len(full.__dict__) == 100
    assert replaced.show() == ("other", 2)
    assert all(type(thing) is lib.Thing and thing.show() == (str(i), 2) for i, thing in enumerate(many))
    fresh = lib.Thing("fresh")
    assert fresh.show() == ("fresh", 2) and fresh.__dict__ == {"name": "fresh", "parent": None, "children": []}
