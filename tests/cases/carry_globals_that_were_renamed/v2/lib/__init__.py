_memo = {}
TIMEOUT = 5
counter = 0
left = 0
right = 0


def put(key, value):
    _memo[key] = value


def get(key):
    return _memo.get(key)


def wait():
    return TIMEOUT


def step():
    global counter
    counter += 1
    return "two", counter


def split():
    global left, right
    left += 1
    right += 1
    return left, right
