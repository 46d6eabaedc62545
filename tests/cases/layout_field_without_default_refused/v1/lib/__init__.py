import collections

Row = collections.namedtuple("Row", "a b")
