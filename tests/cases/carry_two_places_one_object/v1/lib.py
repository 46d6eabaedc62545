class Config:
    def __init__(self):
        self.n = 0


FIRST = Config()
SECOND = Config()
LIST = [1]
OTHER = [2]
