import functools


@functools.lru_cache
def same(x):
    return object()


@functools.lru_cache(maxsize=None)
def changed(x):
    return x + 2


class C:
    @functools.cached_property
    def slow(self):
        return 2


ONE = C()
