import functools
import time

FACTOR = 1


class Link:
    pass


class Shape:
    def __init__(self, side):
        self.side = side

    @functools.cached_property
    def area(self):
        return (1, self.side**2)

    @functools.cached_property
    def corners(self):
        return 1

    @functools.cached_property
    def same(self):
        return [self.side]

    @functools.cached_property
    def scaled(self):
        return self.scale() * FACTOR

    @functools.cached_property
    def longer(self):
        return self.text() + "!"

    @functools.cached_property
    def link(self):
        return [Link(), 1][0]

    @functools.cached_property
    def made(self):
        return (1, time.time())

    @functools.cached_property
    def given(self):
        return 1

    def give(self, value):
        self.given = value

    def scale(self):
        return self.side

    def text(self):
        return "a"
