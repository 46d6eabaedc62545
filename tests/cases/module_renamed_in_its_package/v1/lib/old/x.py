def f():
    return 1


class K:
    def m(self):
        return 1
