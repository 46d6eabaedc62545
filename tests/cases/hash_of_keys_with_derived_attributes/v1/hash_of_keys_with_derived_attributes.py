class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level

    def __eq__(self, other):
        return self.options == other.options

    def __hash__(self):
        return hash((self.options, self.level))
