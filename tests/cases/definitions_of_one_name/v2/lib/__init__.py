import functools

HANDLERS = []


def handler(function):
    HANDLERS.append(function)
    return function


@functools.singledispatch
def render(value):
    return "anything, 2"


@render.register
def _(value: list):
    return "list, 2"


@render.register
def _(value: int):
    return "int, 2"


@handler
def _():
    return "first, 2"


@handler
def _():
    return "second, 2"


@handler
def _():
    return "third, 2"


def loud(function):
    @functools.wraps(function)
    def call():
        return function().upper()

    return call


@loud
@handler
def wrapped():
    return "wrapped, 2"


class Shape:
    @functools.singledispatchmethod
    def scale(self, by):
        return "anything, 2"

    @scale.register
    def _(self, by: list):
        return "list, 2"

    @scale.register
    def _(self, by: int):
        return "int, 2"
