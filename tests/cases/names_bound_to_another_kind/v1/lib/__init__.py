import re


class _Config:
    def get(self):
        return 1


NAMES = ["a"]
PATTERN = re.compile("a")
config = _Config()
VERSION = "1"


def title():
    return "one"
