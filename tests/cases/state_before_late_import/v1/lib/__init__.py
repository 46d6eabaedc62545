REGISTRY = {"default": "one"}
SEEN = []
VERSION = 1


class Root:
    children = 0

    def __init__(self):
        self.names = {}


ROOT = Root()


def register(name, value):
    REGISTRY[name] = value
    SEEN.append(name)
    Root.children += 1
    ROOT.names[name] = value
    ROOT.latest = name


def ask():
    import lib.late

    return lib.late.answer()
