class Parser:
    def __init__(self, text):
        self.text = text
        self.cache = None

    def length(self):
        if self.cache is None:
            self.cache = len(self.text)
        return self.cache


class Request:
    def __init__(self):
        self._session = None

    def open(self):
        self._session = ["open", "two"]
