class Set:
    def __init__(self, text):
        self.text = text
        self.cache = None

    def clear(self):
        self.cache = None

    def contains(self, x):
        if self.cache is None:
            self.cache = {part: True for part in self.text.split(",")}
        return self.cache.get(x, False)
