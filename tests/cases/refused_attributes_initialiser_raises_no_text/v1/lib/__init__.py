
class Thing:
    def __init__(self):
        self.a = 1


    def read(self):
        return self.a
