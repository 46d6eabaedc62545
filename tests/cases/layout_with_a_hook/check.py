"""__upgrade__ of a class whose layout changes: it sees the new class's instance, and what it leaves is what becomes true."""

import lib

FRESH = False


def hold():
    return [lib.Thing(n) for n in range(5)], [lib.Plain(n) for n in range(5)]


def check(held):
    things, plains = held
    for n, thing in enumerate(things):
        assert type(thing) is lib.Thing and thing.n == n + 100 and thing.label == f"thing {n}" and thing.total == 7
    for n, plain in enumerate(plains):
        assert vars(plain) == {"n": n, "label": f"plain {n}"}
