class A:
    pass


class B:
    pass


def f():
    return 1


ADAPTERS = {A: "a1", (A, B): "ab1", f: "f1"}
KINDS = {A, f}
