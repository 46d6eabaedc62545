class Node:
    __slots__ = ("name", "parent", "children", "peers", "table")

    def __init__(self, name, parent):
        self.name, self.parent, self.children = name, parent, []
        if parent is not None:
            parent.children.append(self)
