import functools


def wrapper(function):
    @functools.wraps(function)
    def wrapped(*args):
        return ("wrapped", function(*args))
    return wrapped


@wrapper
def w1(x, y='text0'):
    return ('w1', x, (1, 'a', None), y)


@functools.lru_cache(maxsize=None)
def c2(x):
    return ('c2', x, 898, w1(x))


@functools.lru_cache(maxsize=None)
def c3(x, y=22.5):
    return ('c3', x, 'text32', c2(x), y)
