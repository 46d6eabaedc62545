import collections


def handle(n):
    return ("old", n)


class Registry:
    pass


DICT, SET, DEQUE, ORDERED = {}, set(), collections.deque(), collections.OrderedDict()
LIST, COUNTS, KEYED = [], collections.Counter(), {}
REGISTRY = Registry()
REGISTRY.table = {}
