class Error(Exception):
    def __init__(self, text, code=7):
        super().__init__(text)
        self.text = text
        self.code = code

    def __str__(self):
        return f"{self.text} ({self.code})"


class Table(dict):
    def __init__(self, name):
        self.name = name
        self.order = []

    def put(self, key):
        self[key] = 1
        self.order.append(key)
        return self.order


class Number(int):
    def __init__(self, *args):
        self.seen = True

    def get(self):
        return int(self), self.seen
