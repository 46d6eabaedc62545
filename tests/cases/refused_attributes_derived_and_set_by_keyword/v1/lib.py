class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level
