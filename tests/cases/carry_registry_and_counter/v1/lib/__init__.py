REGISTRY = {}
COUNT = 0


def add(name):
    global COUNT
    COUNT += 1
    REGISTRY[name] = COUNT
