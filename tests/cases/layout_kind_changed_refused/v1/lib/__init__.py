class Thing:
    def __init__(self, n):
        self.n = n


class Other:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n
