import functools


def f(a, b):
    return (a, b, 1)


class C:
    def full(self, kind, x):
        return (kind, x, 1)

    short = functools.partialmethod(full, "k1")
