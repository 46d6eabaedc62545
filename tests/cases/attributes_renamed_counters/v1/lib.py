class Counter:
    def __init__(self):
        self.hits = 0

    def hit(self):
        self.hits += 1

    def get(self):
        return self.hits


class Parser:
    def __init__(self):
        self.errors = None

    def fail(self, error):
        self.errors = error

    def state(self):
        return self.errors
