"""What a hook is called on stands for the instance: wherever it is stored, the instance is found afterwards."""

import lib


def hold():
    return [lib.Node("a"), lib.Node("b")]


def check(held):
    assert len(lib.ALL) == 2 and all(node in lib.ALL for node in held)
    for node in held:
        assert lib.BY_NODE[node] == node.name and node.me is node and node.child.parent is node
        assert node.callback() == (node.name.upper(), node)
    assert len(lib.BY_NODE) == 2
