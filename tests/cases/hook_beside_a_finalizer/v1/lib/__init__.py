CLOSED = []


class File:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        CLOSED.append(self.number)
