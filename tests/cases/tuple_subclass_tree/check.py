"""Instances of a subclass of tuple that have attributes: equal ones are still told apart, and both sides make the tree grow."""

import lib

FRESH = False
MINE = lib.Root.Mine.Special


def hold():
    lib.NAMES[MINE] = "mine"
    return lib.Root, lib.Leaf, {lib.Leaf: 1, MINE: 2}


def check(held):
    root, leaf, table = held
    assert root is lib.Root and leaf is lib.Leaf is lib.Root.Leaf and lib.Root.Mine.Special is MINE
    assert leaf.parent is root and MINE.parent.parent is root and lib.Root.Fresh is lib.Fresh
    assert root.children == {lib.Leaf, lib.Fresh, lib.Root.Mine} and leaf.describe() == "two Leaf"
    assert table[lib.Leaf] == 1 and table[MINE] == 2 and lib.NAMES == {leaf: "leaf", root: "root", MINE: "mine"}
    assert MINE.describe() == "two Mine.Special" and type(MINE) is lib.Node
