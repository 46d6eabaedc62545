"""The release extends containers that the program has filled, while the program is iterating over them.

An iterator that has begun ends over what it began with, in that order and without an exception; one that has raised
already raises, as it would have; one that begins afterwards sees what was merged."""

import threading

import lib

FRESH = False
N = 70  # a deque of two blocks, a set that has left its small table


def begin(source):
    """An iterator that stands after the second of its items, and the items."""
    iterator = iter(source)
    return iterator, [next(iterator), next(iterator)]


def generate(source):
    yield from source


class Loop(threading.Thread):
    """A for loop that waits in its second round."""

    def __init__(self, source):
        super().__init__(daemon=True)
        self.source, self.seen, self.error = source, [], None
        self.waits, self.go = threading.Event(), threading.Event()

    def run(self):
        try:
            for item in self.source:
                self.seen.append(item)
                if len(self.seen) == 2:
                    self.waits.set()
                    self.go.wait()
        except RuntimeError as error:
            self.error = error


def fill():
    for n in range(N):
        key = f"p{n}"
        for table in (lib.DICT, lib.ORDERED, lib.COUNTS, lib.REGISTRY.table):
            table[key] = n
        lib.KEYED[key if n % 2 else n] = lib.handle
        lib.SET.add(key)
        lib.DEQUE.append(key)
        lib.LIST.append(key)
    lib.REGISTRY.mine = 2


def sources():
    tables = {"dict": lib.DICT, "ordered": lib.ORDERED, "counts": lib.COUNTS, "attribute": lib.REGISTRY.table}
    tables["attributes"] = vars(lib.REGISTRY)
    for name, table in tables.items():
        yield name, lambda table=table: table
        yield name + ".values", table.values
        yield name + ".items", table.items
        yield name + " reversed", lambda table=table: reversed(table)
        yield name + ".items reversed", lambda table=table: reversed(table.items())
    yield "dict of ordered", lambda: dict.__iter__(lib.ORDERED)
    yield "set", lambda: lib.SET
    yield "deque", lambda: lib.DEQUE
    yield "deque reversed", lambda: reversed(lib.DEQUE)
    yield "keyed", lib.KEYED.items


def hold():
    fill()
    held = {"stale": stale()}
    for name, make in sources():
        expected = list(make())
        loop = Loop(make())
        loop.start()
        assert loop.waits.wait(10), name
        globals()["kept " + name] = iter(make())
        held[name] = expected, begin(make()), begin(generate(make())), begin(enumerate(make())), loop
    return held


def stale():
    """Iterators over containers that have changed under them."""
    iterators = [iter(container) for container in (lib.DICT, lib.SET, lib.DEQUE, lib.ORDERED)]
    for iterator in iterators:
        next(iterator)
    lib.DICT["late"] = lib.ORDERED["late"] = N
    lib.SET.add("late")
    lib.DEQUE.append("late")
    return iterators


def after(item):
    """What an item is once the package is the new version."""
    key, value = item if isinstance(item, tuple) else (item, None)
    moved = callable(value)
    assert not moved or value is lib.handle
    return (key, "handle") if moved else item


def before(item):
    return (item[0], "handle") if isinstance(item, tuple) and callable(item[1]) else item


def check_one(name, expected, begun, generated, counted, loop):
    wanted = [before(item) for item in expected]
    for iterator, head in (begun, generated):
        assert [before(item) for item in head] + [after(item) for item in iterator] == wanted, name
    iterator, head = counted
    assert [(n, before(item)) for n, item in head] + [(n, after(item)) for n, item in iterator] == list(
        enumerate(wanted)
    ), name
    assert [after(item) for item in globals()["kept " + name]] == wanted, name
    loop.go.set()
    loop.join(10)
    assert not loop.is_alive() and loop.error is None, (name, loop.error)
    assert [before(item) for item in loop.seen] == wanted, name


def check(held):
    for iterator in held.pop("stale"):
        try:
            next(iterator)
        except RuntimeError:
            continue
        raise AssertionError(iterator)
    tables = (lib.DICT, lib.ORDERED, lib.COUNTS, lib.REGISTRY.table)
    assert all(table["new"] == 2 and table["p0"] == 0 for table in tables)
    assert lib.REGISTRY.more == 1 and lib.REGISTRY.mine == 2
    assert "new" in lib.SET and "new" in lib.DEQUE and lib.KEYED["new"] is lib.handle is lib.KEYED["p1"]
    for name, make in sources():
        expected, begun, generated, counted, loop = held[name]
        afterwards = list(make())
        assert len(afterwards) == len(expected) + 1, name
        again, head = begin(make())
        check_one(name, expected, begun, generated, counted, loop)
        assert head + list(again) == afterwards, name
    change()


def change():
    """The containers themselves are as good as new."""
    for table in (lib.DICT, lib.ORDERED, lib.COUNTS, lib.REGISTRY.table):
        table["after"] = 1
        del table["p0"]
        assert list(table)[-1] == "after" and len(list(table)) == len(table)
        assert list(reversed(table)) == list(table)[::-1]
    lib.SET.remove("p0")
    lib.DEQUE.extendleft(range(N))
    lib.DEQUE.append("after")
    assert len(list(lib.DEQUE)) == len(lib.DEQUE) == 2 * N + 3 and len(set(lib.SET)) == len(lib.SET) == N + 1
