"""Constructors along the bases, a new base, and a class of the application that derives from one."""

import lib


class Mine(lib.Leaf):
    def __init__(self, n):
        super().__init__(n)
        self.own = "own"


class Plain(lib.Base):
    def __init__(self):
        self.n = 5


def hold():
    return [lib.Base(1), lib.Leaf(2), Mine(3), Mine(4)], Plain()


def check(held):
    instances, plain = held
    for n, instance in enumerate(instances, 1):
        assert instance.all() == (n, 2, [n], ["extra"])
    assert instances[2].own == "own" and instances[2].log is not instances[3].log
    assert vars(plain) == {"n": 5}, "its constructor does not call that of its base"
