class Counter:
    def __init__(self):
        self.total = 0

    def hit(self):
        self.total += 1

    def get(self):
        return self.total


class Parser:
    def __init__(self):
        self.problem = None

    def fail(self, error):
        self.problem = error

    def state(self):
        return self.problem
