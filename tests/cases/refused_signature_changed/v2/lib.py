def dropped(a):
    return a


def required(a, b):
    return a


def renamed(a, *, name=None):
    return a


class C:
    def __init__(self, a):
        self.a = a

    @classmethod
    def make(cls):
        return cls(2)

    @staticmethod
    def double(a):
        return a * 2

    def m(self, a, b):
        return a
