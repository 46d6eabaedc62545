class Slotted:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n


class Gains:
    def __init__(self, n):
        self.n = n


class Loses:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n
