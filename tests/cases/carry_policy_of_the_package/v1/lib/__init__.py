CACHE = {}
OTHER = {}


def put(k):
    CACHE[k] = OTHER[k] = 1
