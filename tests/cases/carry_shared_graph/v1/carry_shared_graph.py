class Node:
    def __init__(self, name, *below):
        self.name = name
        self.below = list(below)
        self.table = {node.name: node for node in below}

    def word(self):
        return "v1", self.name


def ladder(height):
    """Each node has the one below four times: there are 4 ** height ways down."""
    node = Node("0")
    for i in range(1, height):
        other = Node(f"o{i}", node, node)
        node = Node(str(i), node, other, node)
    return node


TOP = ladder(12)
