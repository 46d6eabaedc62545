class C:
    def __init__(self, n):
        self.n = n
        self.items = []

    def __upgrade__(self, change):
        self.seen = True
        if self.n == 3:
            raise ValueError("three cannot be upgraded")
