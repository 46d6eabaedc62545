class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level
        found = same = [level]
        same.append(options)
        self.found = found

    def all(self):
        return self.options, self.found
