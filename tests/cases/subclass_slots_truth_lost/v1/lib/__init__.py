class Base:
    def __init__(self, items=(1, 2, 3)):
        self.items = list(items)

    def __bool__(self):
        return False

    def __call__(self, *args):
        return ("called", args)
