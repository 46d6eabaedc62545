class C:
    def __init__(self):
        self.x = 1

    def m(self):
        return 1


def f():
    return 1
