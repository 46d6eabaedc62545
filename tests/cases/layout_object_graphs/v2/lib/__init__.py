class Node:
    def __init__(self, name, parent):
        self.name, self.parent, self.children = name, parent, []
        if parent is not None:
            parent.children.append(self)
