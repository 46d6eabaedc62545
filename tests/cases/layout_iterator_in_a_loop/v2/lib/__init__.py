import threading


class Source:
    __slots__ = ("go", "left", "more", "waiting")

    def __init__(self, left):
        self.left, self.go, self.waiting = left, threading.Event(), threading.Event()

    def __iter__(self):
        return self

    def __next__(self):
        self.waiting.set()
        self.go.wait()
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        return self.left

    def version(self):
        return 2
