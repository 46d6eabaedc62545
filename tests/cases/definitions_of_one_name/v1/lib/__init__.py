import functools

HANDLERS = []


def handler(function):
    HANDLERS.append(function)
    return function


@functools.singledispatch
def render(value):
    return "anything, 1"


@render.register
def _(value: int):
    return "int, 1"


@render.register
def _(value: bytes):
    return "bytes, 1"


@handler
def _():
    return "first, 1"


@handler
def _():
    return "second, 1"


@handler
def wrapped():
    return "wrapped, 1"


class Shape:
    @functools.singledispatchmethod
    def scale(self, by):
        return "anything, 1"

    @scale.register
    def _(self, by: int):
        return "int, 1"
