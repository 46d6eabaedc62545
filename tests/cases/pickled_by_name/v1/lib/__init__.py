def f(*args):
    return 1


def compare(a, b):
    return (a > b) - (a < b) if 1 == 1 else (b > a) - (b < a)


class C:
    def __init__(self, x=0):
        self.x = x

    def m(self, *args):
        return 1

    def __reduce__(self):
        return (C, (self.x,))
