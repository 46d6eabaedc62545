import functools
import sys


class Node:
    def __init__(self, name):
        self.name, self.other = name, None

    def version(self):
        return 1


def knot():
    """Two instances that only refer to each other, and a class of a function's own."""

    class Local(Node):
        pass

    one, two = Node("one"), Local("two")
    one.other, two.other = two, one
    return one


@functools.lru_cache
def cached(x):
    return x + 1


KNOT = knot()
TABLE = {"cached": cached, "version": [Node.version]}


class Bell:
    def __init__(self, version):
        self.version = version

    def __del__(self):
        sys.rung.append(self.version)


BELL = Bell(1)
