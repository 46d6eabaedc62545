import contextlib


@contextlib.contextmanager
def opened():
    yield 1
