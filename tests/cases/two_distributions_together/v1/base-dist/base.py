class Base:
    def m(self):
        return 1


def helper():
    return 1
