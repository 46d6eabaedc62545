import collections


def handle(n):
    return ("old", n)


DICT = {f"k{n}": n for n in range(10)}
SET, DEQUE, ORDERED = set(DICT), collections.deque(DICT), collections.OrderedDict(DICT)
LIST, HANDLERS = list(DICT), {f"k{n}": handle for n in range(10)}
