"""The distributions that are upgraded while there is no memory: small, and one of everything.

The second version of noisy is refused, late: it lacks a name that the program uses.
"""

INIT = """
import collections.abc
import logging
import typing
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


collections.abc.Sized.register(Base)


@typing.overload
def function(base: None) -> int: ...
@typing.overload
def function(base: type) -> int: ...
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

WARM = {version: {"warm.py": f"def function():\n    return {version}\n"} for version in ("1", "2")}

NOISY = """
import atexit
import codecs
import json
import logging
import os
import signal
import sys
import threading


class Handler(logging.Handler):
    pass


def function(*args):
    return {n}


if {n} == 1:

    def dropped():
        pass


if {n} == 2:
    logging.getLogger("noisy").addHandler(Handler())
    logging.getLogger("noisy").setLevel(10)
    os.environ["NOISY"] = "1"
    sys.path.insert(0, "/nowhere")
    sys.meta_path.append(Handler)
    sys.setrecursionlimit(sys.getrecursionlimit() + 7)
    signal.signal(signal.SIGUSR1, function)
    atexit.register(function)
    codecs.register(function)
    json.noisy = function
    json.noisy_number = 12345
    json.dumps = function
    threading.Thread.noisy = property(function)
    try:
        threading.Thread(target=function).start()
    except RuntimeError:
        pass
"""

NOISY1, NOISY2 = ({"noisy.py": NOISY.format(n=n)} for n in (1, 2))
RAISES = {"noisy.py": NOISY.format(n=2) + "\nraise RuntimeError(Handler)\n"}

HOOKED = """
VERSION = {n}
table = {{"own": {n}}}
count = 0
seen = 0


class Point:
    __slots__ = ({slots})

    def __init__(self, x):
        self.x = x

    def total(self):
        return self.x
"""

HOOKS = """
    def total(self):
        return self.x + self.y

    def __upgrade__(self, change):
        self.x = change.old["x"]
        self.y = 10


import midflight


@midflight.on_upgrade("hooked")
def before(change):
    change.new["hooked"].seen = change.old["hooked"].count + 1


@midflight.on_upgrade("hooked", when="after")
def after(change):
    change.new["hooked"].seen += 1
"""

HOOKED1 = {"hooked.py": HOOKED.format(n=1, slots='"x",')}
HOOKED2 = {"hooked.py": HOOKED.format(n=2, slots='"x", "y"') + HOOKS}

FOREVER = 1e6  # seconds: for a wait that must not end by itself

# What the site directory holds before, for each scenario.
INSTALLED = {
    "live": {"lib": V1},
    "refused": {"noisy": NOISY1},
    "abandoned": {"noisy": NOISY1},
    "rollback": {"lib": V1},
    "hook": {"hooked": HOOKED1},
}
