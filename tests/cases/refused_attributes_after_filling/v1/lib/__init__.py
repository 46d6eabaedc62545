LIMITS = {"a": 1}


class C:
    def __init__(self):
        self.n = 1


class Other:
    def __init__(self, n):
        self.n = n
