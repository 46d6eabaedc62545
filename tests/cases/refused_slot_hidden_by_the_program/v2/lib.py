class B:
    __slots__ = ("tag", )
class P(B):
    __slots__ = ("x", "z")
    def __init__(self, x):
        self.x = x
