"""Version 1: nothing of it has a length, and Iterated can be iterated."""


class Measured:
    def size(self):
        return 1


class Iterated:
    def __iter__(self):
        return iter(())


class Named:
    name = "one"
