"""Instances that refer to each other and to themselves, in cycles, with state of the package among them."""

import gc

import lib


def hold():
    root = lib.Node("root", None)
    for n in range(100):
        child = lib.Node(n, root)
        child.peers = [child, root]
        lib.Node(-n, child)
    root.table = {node: node for node in root.children}
    return root


def check(root):
    assert type(root) is lib.Node and len(root.children) == 100
    for n, child in enumerate(root.children):
        assert type(child) is lib.Node and child.name == n and child.parent is root and child.peers == [child, root]
        assert child.children[0].parent is child and root.table[child] is child
    before = len(gc.get_objects())
    root.children.clear()
    root.table.clear()
    gc.collect()
    assert len(gc.get_objects()) < before - 300
