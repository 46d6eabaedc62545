import collections
import operator
from operator import iconcat as join


class Mapped:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        list(map(self.history.append, [value]))


class Sorted:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        sorted([value], key=self.history.append)


class Kept:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        put = self.history.append
        any(map(put, [value]))


class OfTheClass:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        list(map(list.append, [self.history], [value]))


class Unbound:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        collections.Counter.update(self.counter, [value])


class Renamed:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        join(self.history, [value])


class Dunder:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        operator.__iadd__(self.history, [value])


class Mapping:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        list(map(operator.iconcat, [self.history], [[value]]))


class Caller:
    def __init__(self, x):
        self.history = []
        self.counter = collections.Counter()
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        list(map(operator.methodcaller("append", value), [self.history]))


CLASSES = [Mapped, Sorted, Kept, OfTheClass, Unbound, Renamed, Dunder, Mapping, Caller]
