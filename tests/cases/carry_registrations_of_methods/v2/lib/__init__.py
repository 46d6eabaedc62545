import functools


class A:
    @functools.singledispatchmethod
    def show(self, value):
        return "anything, 2"

    @show.register
    def _(self, value: int):
        return "int, 2"

    @show.register
    def _(self, value: str):
        return "str, 2"
