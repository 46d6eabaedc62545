class Style:
    def __init__(self, color):
        self.color = color
        self._hash = None

    def __eq__(self, other):
        return self.color == other.color

    def __hash__(self):
        if self._hash is None:
            self._hash = hash(self.color)
        return self._hash


STYLES = {"x": Style("red")}
