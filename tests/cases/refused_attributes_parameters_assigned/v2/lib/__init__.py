class C:
    def __init__(self, name, parts=None):
        self.name = name
        if parts is None:
            parts = [name]
        self.parts = parts

    def read(self):
        return self.name, self.parts
