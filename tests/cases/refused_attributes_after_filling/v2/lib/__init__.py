LIMITS = {"a": 2}


class C:
    def __init__(self):
        self.n = 1
        self.items = []


class Other:
    def __init__(self, n, port):
        self.n = n
        self.port = port

    def get(self):
        return self.port
