REGISTRY = {}
NAMES = []


def register(name, value):
    REGISTRY[name] = value
    NAMES.append(name)
