import functools


def f(a, b):
    return (a, b, 2)


class C:
    def full(self, kind, x):
        return (kind, x, 2)

    short = functools.partialmethod(full, "k2")
