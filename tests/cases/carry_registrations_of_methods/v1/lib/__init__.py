import functools


class A:
    @functools.singledispatchmethod
    def show(self, value):
        return "anything, 1"

    @show.register
    def _(self, value: int):
        return "int, 1"
