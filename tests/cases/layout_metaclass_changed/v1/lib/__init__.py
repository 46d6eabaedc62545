class Plain:
    def __init__(self, n):
        self.n = n


class Abstract:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n
