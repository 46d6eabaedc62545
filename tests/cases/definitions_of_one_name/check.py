"""Below decorators every function may be called `_`: which of them is which, the tables say, not the name.

What singledispatch has answered before is asked again: the new version registers `list`, and no more `bytes`.
"""

import lib


@lib.render.register
def mine(value: str):
    return "str, mine"


@lib.handler
def last():
    return "last, mine"


def hold():
    for value in (1, "", [], b"", None):
        lib.render(value)
    shape = lib.Shape()
    shape.scale(1)
    shape.scale([])
    return lib.render.dispatch(int), list(lib.HANDLERS), shape, lib.wrapped


def check(held):
    of_int, handlers, shape, wrapped = held
    assert of_int(0) == "int, 2"
    assert [lib.render(v) for v in (1, "", [], b"", None)] == [
        "int, 2",
        "str, mine",
        "list, 2",
        "anything, 2",
        "anything, 2",
    ]
    assert [f() for f in handlers] == ["first, 2", "second, 2", "WRAPPED, 2", "last, mine"]
    assert [f() for f in lib.HANDLERS] == ["first, 2", "second, 2", "third, 2", "wrapped, 2", "last, mine"]
    assert wrapped is lib.wrapped  # a wrapper and what it wraps are one definition: the name says which
    assert [shape.scale(v) for v in (1, [], None)] == ["int, 2", "list, 2", "anything, 2"]


FRESH = False
