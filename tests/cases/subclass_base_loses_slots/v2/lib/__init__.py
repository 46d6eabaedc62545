class Base:
    def __init__(self, a):
        self.a = a
        self.more = 3

    def get(self):
        return self.a, self.more
