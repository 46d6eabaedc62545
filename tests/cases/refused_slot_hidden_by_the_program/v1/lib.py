class B: pass
class P(B):
    __slots__ = ("z",)
    def __init__(self, x):
        self.x = x
