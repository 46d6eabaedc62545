"""Version 2: Measured has a length now, and Iterated cannot be iterated any more."""


class Measured:
    def size(self):
        return 2

    def __len__(self):
        return 2


class Iterated:
    pass


class Named:
    name = "two"
