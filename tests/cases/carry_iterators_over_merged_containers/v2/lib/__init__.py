import collections


def handle(n):
    return ("new", n)


class Registry:
    pass


DICT, SET, DEQUE = {"new": 2}, {"new"}, collections.deque(["new"])
ORDERED = collections.OrderedDict(new=2)
LIST, COUNTS, KEYED = ["new"], collections.Counter(new=2), {"new": handle}
REGISTRY = Registry()
REGISTRY.table = {"new": 2}
REGISTRY.more = 1
