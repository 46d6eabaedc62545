KEPT = {"a": 1}
NEW = {"a": 1}
MERGED = {}
COUNT = 1
LIMIT = 1


class C:
    table = {"a": 1}


def fill(x):
    if x not in MERGED:
        MERGED[x] = double(x)
    return MERGED[x]


def double(x):
    return x * 2
