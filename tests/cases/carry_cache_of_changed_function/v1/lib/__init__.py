_CACHE = {}
_LIST = {}


def compute(x):
    return x * 2


def get(x):
    if x not in _CACHE:
        _CACHE[x] = compute(x)
    return _CACHE[x]


def other(x):
    try:
        return _LIST[x]
    except KeyError:
        value = _LIST[x] = [x, "old"]
        return value
