def make():
    raise ValueError("\udc80 is no text")


class Thing:
    def __init__(self):
        self.a = 1
        self.b = make()

    def read(self):
        return self.b
