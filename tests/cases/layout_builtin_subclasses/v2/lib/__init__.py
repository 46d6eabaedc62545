import collections


class Version:
    __slots__ = ()

    def version(self):
        return 2


class Int(Version, int):
    __slots__ = ()


class Float(Version, float):
    __slots__ = ()


class Complex(Version, complex):
    __slots__ = ("more",)


class Str(Version, str):
    __slots__ = ("more",)


class Bytes(Version, bytes):
    __slots__ = ()


class Tuple(Version, tuple):
    __slots__ = ()


class List(Version, list):
    __slots__ = ("more",)


class Dict(Version, dict):
    __slots__ = ("more",)


class Set(Version, set):
    __slots__ = ("more", "less")


class Frozen(Version, frozenset):
    __slots__ = ("more",)


class Array(Version, bytearray):
    __slots__ = ("more",)


class Deque(Version, collections.deque):
    __slots__ = ("more",)


class Ordered(Version, collections.OrderedDict):
    __slots__ = ("more",)


class Default(Version, collections.defaultdict):
    __slots__ = ("more",)
