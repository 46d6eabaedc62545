"""The program is iterating over containers that it has not changed, and the new version has other objects there.

An iterator ends over what it began with, with the new definitions in it. Containers of the same size are the
treacherous ones: nothing would tell an iterator that it had got another table."""

import lib

FRESH = False


def sources():
    for name in ("DICT", "ORDERED", "LIKE_DICT", "LIKE_ORDERED", "HANDLERS", "KEYED"):
        yield name, lambda name=name: getattr(lib, name)
        yield name + " reversed", lambda name=name: reversed(getattr(lib, name))
        yield name + " items", lambda name=name: getattr(lib, name).items()
        yield name + " items reversed", lambda name=name: reversed(getattr(lib, name).items())
    for name in ("DEQUE", "LIKE_DEQUE"):
        yield name, lambda name=name: getattr(lib, name)
        yield name + " reversed", lambda name=name: reversed(getattr(lib, name))
    for name in ("SET", "LIKE_SET", "MEMBERS"):
        yield name, lambda name=name: getattr(lib, name)


def generate(source):
    yield from source


def label(item):
    """What stays the same of an item when definitions are replaced."""
    return tuple(map(label, item)) if isinstance(item, tuple) else getattr(item, "__name__", item)


def is_new(item):
    parts = item if isinstance(item, tuple) else (item,)
    return all(part is getattr(lib, part.__name__) for part in parts if callable(part))


def hold():
    held = {}
    for name, make in sources():
        iterators = [iter(make()), generate(make()), map(lambda item: item, make())]
        held[name] = list(map(label, make())), iterators, [[label(next(it)), label(next(it))] for it in iterators]
        globals()["kept " + name] = iter(make())
    return held


def check(held):
    for name, (expected, iterators, heads) in held.items():
        for iterator, head in zip(iterators, heads, strict=True):
            rest = list(iterator)
            assert all(map(is_new, rest)), name
            assert head + list(map(label, rest)) == expected, name
        assert list(map(label, globals()["kept " + name])) == expected, name
    for name, make in sources():
        assert len(list(make())) == (10 if name.startswith("LIKE") else 11), name
    lib.DICT["x"] = lib.ORDERED["x"] = 1
    lib.SET.add("x")
    lib.DEQUE.append("x")
    assert len(lib.DICT) == len(lib.ORDERED) == len(lib.SET) == len(lib.DEQUE) == 12
