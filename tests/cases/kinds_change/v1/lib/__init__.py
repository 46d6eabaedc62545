class C:
    @property
    def p(self):
        return 1

    def m(self):
        return 1

    attribute = 1


def f(x):
    return x


class Factory:
    def __new__(cls, x):
        return x


VALUE = 1
