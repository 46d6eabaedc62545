class Error(Exception):
    def __init__(self, text):
        super().__init__(text)
        self.text = text


class Table(dict):
    def __init__(self, name):
        self.name = name


class Number(int):
    pass
