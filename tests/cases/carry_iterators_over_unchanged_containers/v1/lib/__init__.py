import collections


def handle(n):
    return ("old", n)


def other(n):
    return ("other", n)


DICT = {f"k{n}": n for n in range(40)}
for n in range(30):
    del DICT[f"k{n}"]  # an iterator over what is left stands further back than the next version's table is long
SET, DEQUE, ORDERED = set(DICT), collections.deque(DICT), collections.OrderedDict(DICT)
HANDLERS, MEMBERS = {f"k{n}": handle for n in range(10)}, {handle, other, *range(8)}
KEYED = {handle: 1, **{n: n for n in range(9)}}
LIKE_DICT = dict(DICT)
LIKE_SET, LIKE_DEQUE, LIKE_ORDERED = set(LIKE_DICT), collections.deque(LIKE_DICT), collections.OrderedDict(LIKE_DICT)
for n in range(9):
    LIKE_DICT[n] = n
    del LIKE_DICT[n]
