class Thing:
    def __init__(self):
        self.a, self.dropped = 1, 2
