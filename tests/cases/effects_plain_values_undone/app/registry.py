"""A registry of the application that packages write plain values into."""

COUNT = 3
FLAGS = {"own": 1, "lib": 1, "last": 9}
ORDER = ["own"]
KNOWN = {"own"}
GROUPS = {"a": {"own": 1}}


class Hub:
    level = 1

    def __init__(self):
        self.size = 10
        self.names = ["own"]


class Narrow:
    __slots__ = ("width",)


hub = Hub()
narrow = Narrow()
narrow.width = 1


def count_one():
    global COUNT
    COUNT += 1


def seen():
    tables = [list(FLAGS.items()), list(ORDER), sorted(KNOWN), list(GROUPS["a"].items())]
    return [COUNT, *tables, Hub.level, hub.size, list(hub.names), dict(vars(hub)), narrow.width]
