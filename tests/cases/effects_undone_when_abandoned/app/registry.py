"""A registry of the application that plugins write into."""

NAMES = {"own": 1}
ORDER = ["own"]
KNOWN = {"own"}


class Hub:
    default = None

    def __init__(self):
        self.plugins = {"own": None}
        self.active = "own"


hub = Hub()
