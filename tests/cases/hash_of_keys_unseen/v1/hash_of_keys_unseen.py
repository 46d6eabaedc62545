class Key:
    """Remembers its hash, and that it was compared."""

    __slots__ = ("name", "_hash", "compared")

    def __init__(self, name):
        self.name = name
        self._hash = None
        self.compared = False

    def __eq__(self, other):
        self.compared = True
        return isinstance(other, Key) and hash(self) == hash(other)

    def __hash__(self):
        if self._hash is None:
            self._hash = hash(self.name)
        return self._hash
