CLOSED = []


class File:
    def __init__(self, number, mode="r"):
        self.number = number
        self.mode = mode

    def __upgrade__(self, change):
        self.mode = "rw"

    def __del__(self):
        CLOSED.append(self.number)
