import collections


def handle(n):
    return ("new", n)


def other(n):
    return ("another", n)


DICT = {f"k{n}": n for n in range(11)}
SET, DEQUE, ORDERED = set(DICT), collections.deque(DICT), collections.OrderedDict(DICT)
HANDLERS, MEMBERS = {f"k{n}": handle for n in range(11)}, {handle, other, *range(9)}
KEYED = {handle: 1, **{n: n for n in range(10)}}
LIKE_DICT = {f"l{n}": n for n in range(10)}
LIKE_SET, LIKE_DEQUE, LIKE_ORDERED = set(LIKE_DICT), collections.deque(LIKE_DICT), collections.OrderedDict(LIKE_DICT)
