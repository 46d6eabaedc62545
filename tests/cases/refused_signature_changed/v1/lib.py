def dropped(a, b=0):
    return a + b


def required(a):
    return a


def renamed(a, *, key=None):
    return a


class C:
    def __init__(self, a, b):
        self.a = a

    @classmethod
    def make(cls, a):
        return cls(a, 1)

    @staticmethod
    def double(a, b):
        return a * b

    def m(self, a):
        return a
