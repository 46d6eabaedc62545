import threading


class Thing:
    def __init__(self, x):
        self.x = x


ONE, TWO = {"one": 1}, {"two": 2}
FIRST, SECOND = Thing(1), Thing(2)
LOCK, OTHER = threading.Lock(), threading.Lock()
