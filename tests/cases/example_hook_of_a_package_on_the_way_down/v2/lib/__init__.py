ENTRIES = {"start": 1}


def put(key, seconds):
    ENTRIES[key] = seconds
