class Handler:
    def __init__(self, name):
        self.name = name

    def get(self):
        return (self.name, "get", 1)

    def put(self, value):
        return (self.name, "put", value, 1)

    @classmethod
    def make(cls, name):
        made = cls(name)
        made.by = 1
        return made

    @staticmethod
    def version():
        return 1
