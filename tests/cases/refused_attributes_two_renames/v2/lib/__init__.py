class C:
    def __init__(self):
        self.one = {}

    def get(self):
        return self.one
