import functools


class A:
    pass


class B(A):
    pass


@functools.singledispatch
def show(x):
    return "any 1"


@show.register(A)
def _show_a(x):
    return "a 1"
