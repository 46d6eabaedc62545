class Base:
    def __init__(self, items=(1, 2, 3)):
        self.items = list(items)
