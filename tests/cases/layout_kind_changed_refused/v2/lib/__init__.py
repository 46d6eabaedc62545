def Thing(n):
    return [n]


class Other:
    def __init__(self, n):
        self.n = n
