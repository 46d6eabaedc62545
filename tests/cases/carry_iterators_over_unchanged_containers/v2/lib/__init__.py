import collections


def handle(n):
    return ("new", n)


DICT = {f"k{n}": n for n in range(11)}
SET, DEQUE, ORDERED = set(DICT), collections.deque(DICT), collections.OrderedDict(DICT)
LIST, HANDLERS = list(DICT), {f"k{n}": handle for n in range(11)}
