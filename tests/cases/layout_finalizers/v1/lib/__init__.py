class Resource:
    __slots__ = ("name", "other")
    log = []

    def __init__(self, name):
        self.name, self.other = name, None

    def __del__(self):
        Resource.log.append((self.name, 1))
