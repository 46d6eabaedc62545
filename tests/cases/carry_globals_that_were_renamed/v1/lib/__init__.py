_cache = {}
timeout = 5
n_steps = 0
both = 0


def put(key, value):
    _cache[key] = value


def get(key):
    return _cache.get(key)


def wait():
    return timeout


def step():
    global n_steps
    n_steps += 1
    return n_steps


def split():
    global both
    both += 1
    return both
