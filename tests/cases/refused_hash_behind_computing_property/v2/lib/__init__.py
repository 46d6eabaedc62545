class Name:
    def __init__(self, text):
        self.text = text

    @property
    def text(self):
        return self._text

    @text.setter
    def text(self, value):
        self._text = value.lower()

    def __eq__(self, other):
        return self.text == other.text

    def __hash__(self):
        return hash(self.text)
