from .helper import wait

TIMEOUT = 10
enabled = False
cache = {}
failures = 0


def policy():
    return TIMEOUT


def flag():
    return 1 if enabled else 2


def put(key):
    cache[key] = key
    return cache


def count():
    global failures
    failures += 1
    return failures
