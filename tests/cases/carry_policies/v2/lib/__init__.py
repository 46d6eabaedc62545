KEPT = {"a": 2, "b": 2}
NEW = {"a": 2}
MERGED = {}
COUNT = 2
LIMIT = 2


class C:
    table = {"a": 2}


def fill(x):
    if x not in MERGED:
        MERGED[x] = double(x)
    return MERGED[x]


def double(x):
    return x * 3
