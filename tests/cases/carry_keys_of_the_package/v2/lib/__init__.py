class A:
    pass


class B:
    pass


class C:
    pass


def f():
    return 2


ADAPTERS = {A: "a2", (A, B): "ab1", f: "f1", C: "c2"}
KINDS = {A, f, C}
