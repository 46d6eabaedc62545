class C:
    def __init__(self):
        self.x = 1
        self.seen = []

    def m(self):
        return 2, self.seen


def f():
    return 2
