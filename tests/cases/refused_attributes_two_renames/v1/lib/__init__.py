class C:
    def __init__(self):
        self.first = {}
        self.second = {}
