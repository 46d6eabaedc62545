import functools


class Thing:
    def __init__(self):
        self.a, self.dropped = [1], 2
        self.cached  # noqa: B018

    @functools.cached_property
    def cached(self):
        return 3
