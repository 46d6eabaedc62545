"""The two versions of the distribution that is upgraded while there is no memory: small, and one of everything."""

INIT = """
import logging
import warnings

from lib import part
from lib.part import helper

logging.getLogger("lib").addHandler(logging.NullHandler())
LIMIT = {n}00


class LibWarning(UserWarning):
    pass


warnings.simplefilter("ignore", LibWarning)


class Base:
    kind = "base"

    def __init__(self):
        self.own = [1]

    @property
    def label(self):
        return self.kind

    def name(self):
        return f"{{self.label}} {n}"


def function(base=Base):
    return helper() // 10
"""

PART = """
def counter():
    n = 0

    def step():
        nonlocal n
        n += 1
        return n

    while True:
        yield step()


def helper():
    return {n} * 10
"""

V1, V2 = ({"lib/__init__.py": INIT.format(n=n), "lib/part.py": PART.format(n=n)} for n in (1, 2))
