import functools


class C:
    def __init__(self, n):
        self.n = n
        self.dropped = ["dropped"]
        self.also = None

    @functools.cached_property
    def cached(self):
        return ["cached", self.n]
