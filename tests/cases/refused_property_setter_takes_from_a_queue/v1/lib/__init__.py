import queue


class A:
    def __init__(self, x):
        self.x = x
        self.queue = queue.SimpleQueue()
        self.queue.put(1)
