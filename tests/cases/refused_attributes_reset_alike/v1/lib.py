class Set:
    def __init__(self, text):
        self.text = text
        self.resolved = None

    def clear(self):
        self.resolved = None

    def contains(self, x):
        if self.resolved is None:
            self.resolved = [("==", part) for part in self.text.split(",")]
        return any(part == x for _, part in self.resolved)
