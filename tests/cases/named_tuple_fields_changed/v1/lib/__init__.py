import collections
import typing

Row = collections.namedtuple("Row", "a b")


class Other(typing.NamedTuple):
    a: int
    b: int
    c: int
