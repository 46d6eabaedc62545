class C:
    def m(self):
        return 2


def f():
    return 2
