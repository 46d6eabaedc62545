class A:
    def __init__(self):
        self.v = 3
