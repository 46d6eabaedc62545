class A:
    def __init__(self, x):
        self.x = x


class List(A):
    pass


class Table(A):
    pass


class Text(A):
    pass


class Helped(A):
    pass


class Counted(A):
    changes = 0
