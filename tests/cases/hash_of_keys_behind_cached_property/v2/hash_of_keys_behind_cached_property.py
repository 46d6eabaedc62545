import functools

class Key:
    def __init__(self, text):
        self.text = text

    @functools.cached_property
    def digest(self):
        return self.text.upper()

    def __eq__(self, other):
        return self.digest == other.digest

    def __hash__(self):
        return hash(self.digest)
