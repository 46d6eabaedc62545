"""Instances of a subclass of array are keys, and their hash is that of what they hold."""

import lib


def hold():
    styles = [lib.Style([n, 2]) for n in range(3)]
    for style in styles:
        lib.remember(style)
    return styles, {styles[1]: "one"}


def check(held):
    styles, table = held
    assert [lib.remember(lib.Style([n, 2])) for n in range(3)] == [0, 1, 2]
    assert table[lib.Style([1, 2])] == "one" and table[styles[1]] == "one"
    assert [style.first() for style in styles] == [("v2", 0), ("v2", 1), ("v2", 2)]
    assert type(styles[0]) is lib.Style and list(lib.known) == styles and styles[2].tolist() == [2, 2]
