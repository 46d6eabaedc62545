def f():
    return 2


class K:
    def m(self):
        return 2
