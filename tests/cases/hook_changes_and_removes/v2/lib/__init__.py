class Clock:
    __slots__ = ("seconds", "unused", "__dict__")

    def __init__(self, seconds):
        self.seconds = seconds * 1000
        self.more = {"a": self.seconds}

    def __upgrade__(self, change):
        self.seconds *= 1000
        self.more = {key: value * 1000 for key, value in change.old["more"].items()}
        del self.unused

    def get(self):
        return self.seconds, self.more, hasattr(self, "unused")
