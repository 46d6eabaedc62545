class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level
        self.items = []
        if level > 1:
            shown = "!" * level
        else:
            shown = "."
        self.shown = shown

    def add(self, item):
        self.items.append(item)

    def all(self):
        return self.options, self.shown, self.items
