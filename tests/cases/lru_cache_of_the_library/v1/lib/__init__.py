import functools


@functools.lru_cache(maxsize=8)
def changed(x):
    return x + 1


class C:
    @functools.lru_cache(maxsize=None)
    def method(self, x):
        return x + 1
