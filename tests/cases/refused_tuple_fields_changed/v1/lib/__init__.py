import collections

Row = collections.namedtuple("Row", "a b")


class Num(int):
    pass
