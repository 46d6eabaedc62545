_memo = {}
TIMEOUT = 5
steps = 0
left = 0
right = 0


def put(key, value):
    _memo[key] = value


def get(key):
    return _memo.get(key)


def wait():
    return TIMEOUT


def step():
    global steps
    steps += 1
    return "two", steps


def split():
    global left, right
    left += 1
    right += 1
    return left, right
