import threading


class A:
    def __init__(self, x):
        self.x = x
        self.lock = threading.Lock()
