class Node(tuple):
    """A tree that grows when one asks for a name: Root.A.B is one object for ever."""

    parent = None

    def __init__(self, *args):
        self.children = set()

    def __getattr__(self, name):
        if not name[0].isupper():
            raise AttributeError(name)
        made = Node((*self, name))
        setattr(self, name, made)
        self.children.add(made)
        made.parent = self
        return made

    def describe(self):
        return "one " + ".".join(self)


Root = Node()
Leaf = Root.Leaf
NAMES = {Leaf: "leaf", Root: "root"}
