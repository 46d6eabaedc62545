class Table:
    def __init__(self, *items):
        self._items = {}
        if items:
            self._items = {str(item): item for item in items}

    def first(self):
        return min(self._items.values())
