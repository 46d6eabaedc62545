class C:
    def __init__(self, n):
        self.n = n
        self.a = []
        self.b = []
        self.c = []
        self.d = []
        self.e = []
        self.f = []

    def all(self):
        return self.n, self.a, self.b, self.c, self.d, self.e, self.f
