from ._impl import wait

POLICY = {"retries": 1}
debug = False
inflight = {}
successes = 0


def policy():
    return POLICY


def flag():
    return "two", 1 if debug else 2


def put(key):
    inflight[key] = object()
    return len(inflight)


def count():
    global successes
    successes += 2
    return successes
