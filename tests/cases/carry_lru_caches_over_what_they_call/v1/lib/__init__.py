import functools
import threading

from lib import other


@functools.lru_cache
def cached(x):
    return 1


@functools.lru_cache
def over_cache(x):
    return cached(x)


def decorator(function):
    @functools.wraps(function)
    def wrapped(x):
        return function(x)

    return wrapped


@decorator
def decorated(x):
    return 1


@functools.lru_cache
def over_decorated(x):
    return decorated(x)


def given(y, x):
    return 1


partial = functools.partial(given, 0)


@functools.lru_cache
def over_partial(x):
    return partial(x)


def make(value):
    return lambda x: value


closure = make(1)


@functools.lru_cache
def over_cell(x):
    return closure(x)


class C:
    @functools.lru_cache
    def method(self):
        return 1


@functools.lru_cache
def over_class(x):
    return C().method()


@functools.lru_cache
def over_module(x):
    return other.alias(x)


@functools.lru_cache
def with_default(x, y=1):
    return y


def same(x):
    return 3


def guarded(function):
    lock = threading.Lock()

    def wrapped(x):
        with lock:
            return function(x)

    return wrapped


locked = guarded(same)


@functools.lru_cache
def over_lock(x):
    return locked(x)


@functools.lru_cache
def steady(x, y=(1, "a")):
    return cached_same(x)


@functools.lru_cache
def cached_same(x):
    return 3
