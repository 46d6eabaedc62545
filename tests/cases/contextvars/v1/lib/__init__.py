def f():
    return 1


def g():
    return -1


class C:
    version = 1

    def m(self):
        return 1


class D(C):
    pass
