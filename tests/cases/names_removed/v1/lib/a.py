GONE = 1


def gone():
    return 1


class Gone:
    pass


class C:
    old = 1

    def m(self):
        return 1

    def removed(self):
        return 1


def f():
    return 1
