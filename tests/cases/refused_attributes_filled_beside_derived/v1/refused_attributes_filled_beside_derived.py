class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level
        self.seen = ()

    def add(self, item):
        self.seen = self.seen + (item,)
