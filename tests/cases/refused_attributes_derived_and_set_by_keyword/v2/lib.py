class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level
        shown = "!" * level
        self.shown = shown

    def all(self):
        return self.options, self.shown
