import functools


class Thing:
    def __init__(self):
        self._size = 5
        self.size = 5

    @functools.cached_property
    def computed(self):
        return self.size * 2
