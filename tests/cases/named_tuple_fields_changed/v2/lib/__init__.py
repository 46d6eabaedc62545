import collections
import typing

Row = collections.namedtuple("Row", "a b c", defaults=[0])


class Other(typing.NamedTuple):
    c: int
    a: int
