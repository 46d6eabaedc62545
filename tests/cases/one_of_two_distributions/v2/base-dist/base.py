class Base:
    def m(self):
        return 2

    def n(self):
        return 2


def helper():
    return 2
