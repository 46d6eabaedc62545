class Parser:
    def __init__(self, text):
        self.text = text
        self.ranges = None

    def length(self):
        return len(self.text)


class Request:
    def __init__(self):
        self.session = None

    def open(self):
        self.session = ["open"]
