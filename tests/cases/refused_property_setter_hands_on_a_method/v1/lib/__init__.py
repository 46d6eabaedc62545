import collections


class Mapped:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


class Sorted:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


class Kept:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


class OfTheClass:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


class Unbound:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


class Renamed:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


class Dunder:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


class Mapping:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


class Caller:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x


CLASSES = [Mapped, Sorted, Kept, OfTheClass, Unbound, Renamed, Dunder, Mapping, Caller]
