class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level
        self.found = found = []
        found.append(options)

    def all(self):
        return self.options, self.found
