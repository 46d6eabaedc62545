class Clock:
    __slots__ = ("seconds", "unused", "__dict__")

    def __init__(self, seconds):
        self.seconds = seconds
        self.unused = 1
        self.more = {"a": seconds}
