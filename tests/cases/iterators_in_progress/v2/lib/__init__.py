def f():
    return 2


def g():
    return -2


class C:
    version = 2

    def m(self):
        return 2


class D(C):
    pass
