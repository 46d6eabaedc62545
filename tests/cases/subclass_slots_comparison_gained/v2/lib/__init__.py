class Base:
    def __init__(self, items=(1, 2, 3)):
        self.items = list(items)

    def __eq__(self, other):
        return isinstance(other, Base)

    def __hash__(self):
        return 42

    def __lt__(self, other):
        return "lt"

    def __repr__(self):
        return "<Base>"
