_cache = {}
timeout = 5
n = 0
both = 0


def put(key, value):
    _cache[key] = value


def get(key):
    return _cache.get(key)


def wait():
    return timeout


def step():
    global n
    n += 1
    return n


def split():
    global both
    both += 1
    return both
