import contextlib


def f(x=0):
    return (x, 2)


async def work(x):
    return (x, 2)


def steps():
    "Its text is the same in both versions; what it calls is not."
    while True:
        yield f()


def changed_steps(limit):
    for i in range(limit):
        yield (i, helper(2))


def helper(n):
    return n * 10


class C:
    def each(self):
        while True:
            yield self.m()

    def m(self):
        return 2


@contextlib.contextmanager
def managed():
    yield f("in")


async def ticks():
    while True:
        yield f("tick")
