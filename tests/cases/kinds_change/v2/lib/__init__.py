class C:
    def p(self):
        return 2

    @property
    def m(self):
        return 2

    @classmethod
    def attribute(cls):
        return 2


class f:
    def __init__(self, x):
        self.x = x


def Factory(x):
    return x + 1


def VALUE():
    return 2
