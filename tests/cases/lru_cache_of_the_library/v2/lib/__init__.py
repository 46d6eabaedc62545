import functools


@functools.lru_cache(maxsize=16)
def changed(x):
    return x + 2


class C:
    @functools.lru_cache(maxsize=None)
    def method(self, x):
        return x + 2
