class Row:
    def __init__(self, n):
        self.first = n
        self.second = n
        self.third = n
        self.fourth = n
