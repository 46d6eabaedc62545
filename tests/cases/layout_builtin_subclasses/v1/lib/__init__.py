import collections


class Version:
    __slots__ = ()

    def version(self):
        return 1


class Int(Version, int):
    pass


class Float(Version, float):
    pass


class Complex(Version, complex):
    pass


class Str(Version, str):
    pass


class Bytes(Version, bytes):
    pass


class Tuple(Version, tuple):
    pass


class List(Version, list):
    pass


class Dict(Version, dict):
    pass


class Set(Version, set):
    pass


class Frozen(Version, frozenset):
    pass


class Array(Version, bytearray):
    pass


class Deque(Version, collections.deque):
    pass


class Ordered(Version, collections.OrderedDict):
    pass


class Default(Version, collections.defaultdict):
    pass
