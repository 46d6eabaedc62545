class C:
    def __init__(self):
        self.x = 1

    def each(self):
        yield "new"
        yield self.x
