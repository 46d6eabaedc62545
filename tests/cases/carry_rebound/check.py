"""Row 9: what the program bound to a name stays bound; instances of the package's classes follow their class."""

import lib

FRESH = True


def mine():
    return "mine"


def hold():
    lib.DEBUG = True
    lib.OPTIONS = {"b": 2}
    lib.handler = mine
    lib.BACKEND = "disk"
    lib.DEFAULT = lib.Backend()
    return lib.OPTIONS, lib.DEFAULT


def check(held):
    options, backend = held
    assert lib.current() == ("v2", True, options, mine, "disk", backend)
    assert lib.OPTIONS is options and options == {"b": 2}
    assert lib.DEFAULT is backend and type(backend) is lib.Backend and backend.kind == 2
