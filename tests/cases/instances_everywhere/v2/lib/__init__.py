class Thing:
    def __init__(self, name):
        self.name = name
        self.parent = None
        self.children = []

    def add(self, child):
        child.parent = self
        self.children.append(child)
        return child

    def show(self):
        return (self.name, 2)


class Small:
    pass
