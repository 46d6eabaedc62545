import functools


class C:
    def __init__(self, n):
        self.n = n

    @functools.cached_property
    def cached(self):
        return ["cached", self.n]

    def get(self):
        return self.n, getattr(self, "dropped", None), self.cached
