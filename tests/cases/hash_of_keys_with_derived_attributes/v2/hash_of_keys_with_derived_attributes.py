class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level
        if level > 1:
            shown = "!" * level
        else:
            shown = "."
        self.shown = shown

    def all(self):
        return self.options, self.shown

    def __eq__(self, other):
        return self.options == other.options

    def __hash__(self):
        return hash((self.options, getattr(self, "shown", 0)))
