"""__hash__ is the same in both versions, word by word. What it looks at is not."""

import operator

GETTER = operator.attrgetter("name", "made")
SALT = "two"


class Kind:
    pass


def helper(key):
    return hash((type(key), key.name))


class Key:
    kind = Kind
    version = 2

    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return type(self) is type(other) and self.name == other.name

    def __hash__(self):
        return hash((type(self), self.name))


class ByClass(Key):
    def __hash__(self):
        return hash(self.__class__) ^ hash(self.name)


class ByGlobal(Key):
    def __hash__(self):
        return hash((Kind, self.name))


class ByAttribute(Key):
    def __hash__(self):
        return hash((self.kind, self.name))


class ByHelper(Key):
    def __hash__(self):
        return helper(self)


class ByMethod(Key):
    def key(self):
        return type(self), self.name

    def __hash__(self):
        return hash(tuple(part for part in self.key()))


class ByProperty(Key):
    @property
    def key(self):
        return type(self), self.name

    def __hash__(self):
        return hash(self.key)


class ByBase(Key):
    def __hash__(self):
        return super().__hash__() + 1


class BySalt(Key):
    def __hash__(self):
        return hash((SALT, self.name))


class ByName(Key):
    def __hash__(self):
        return hash((type(self).__name__, self.name))


class ByAddress(Key):
    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)


class Color(tuple):
    __slots__ = ()


class ByGetter(Key):
    made = Color((1, 2))

    def __init__(self, name):
        super().__init__(name)
        self.made = Color((name,))

    def __hash__(self):
        return hash(GETTER(self))


class BySelf:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return object.__hash__(self)


class Slots:
    __slots__ = ("name", "more")

    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return type(self) is type(other) and self.name == other.name

    def __hash__(self):
        return hash((type(self), self.name))
