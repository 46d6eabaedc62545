class Config:
    def __init__(self):
        self.n = 0

    def twice(self):
        return self.n * 2


FIRST = Config()
SECOND = FIRST
LIST = [1]
OTHER = LIST
