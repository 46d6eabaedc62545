import functools
import time

FACTOR = 2


class Link:
    pass


class Shape:
    def __init__(self, side):
        self.side = side

    @functools.cached_property
    def area(self):
        return (2, self.side**2)

    @functools.cached_property
    def corners(self):
        return 2

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
        return [Link(), 2][0]

    @functools.cached_property
    def made(self):
        return (2, time.time())

    @functools.cached_property
    def given(self):
        return 2

    def give(self, value):
        self.given = value

    def scale(self):
        return self.side

    def text(self):
        return "aa"
