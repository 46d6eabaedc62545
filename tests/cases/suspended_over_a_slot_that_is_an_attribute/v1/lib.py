class C:
    __slots__ = ("x",)

    def __init__(self):
        self.x = 1

    def each(self):
        yield "old"
        yield self.x
