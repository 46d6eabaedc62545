"""Iterators over containers that hold or are keyed by definitions go on: nothing is skipped, nothing comes twice."""

import collections

import lib


def consume(iterator):
    yield from iterator


def hold():
    items = [lib.f, lib.g, lib.C, lib.D]
    sources = {
        "list": items,
        "tuple": tuple(items),
        "dict": dict.fromkeys(items),
        "set": set(items),
        "frozenset": frozenset(items),
        "deque": collections.deque(items),
        "ordered": collections.OrderedDict.fromkeys(items),
        "values": dict(enumerate(items)).values(),
        "items": {item: item for item in items}.items(),
        "wide": set(items) | set(range(100)),
    }
    started = {name: consume(iter(source)) for name, source in sources.items()}
    started["reversed"] = consume(reversed(items))
    sources["reversed"] = items
    seen = {name: label(next(iterator)) for name, iterator in started.items()}
    return sources, started, seen


def label(item):
    item = item[0] if isinstance(item, tuple) else item
    return getattr(item, "__name__", item)


def check(held):
    sources, started, seen = held
    for name, iterator in started.items():
        rest = list(iterator)
        flat = [part for item in rest for part in (item if isinstance(item, tuple) else (item,))]
        assert all(item is getattr(lib, item.__name__) for item in flat if not isinstance(item, int)), name
        labels = [seen[name]] + [label(item) for item in rest]
        assert len(labels) == len(set(labels)) == len(sources[name]), (name, labels)
        assert {"f", "g", "C", "D"} <= set(labels), (name, labels)
