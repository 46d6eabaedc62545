class Handler:
    def __init__(self, name):
        self.name = name

    def get(self):
        return (self.name, "get", 2)

    def put(self, value):
        return (self.name, "put", value, 2)

    @classmethod
    def make(cls, name):
        made = cls(name)
        made.by = 2
        return made

    @staticmethod
    def version():
        return 2
