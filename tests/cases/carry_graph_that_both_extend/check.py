"""A graph of instances that the package and the program both extend: grafted by path."""

import lib


def hold():
    lib.ROOT.sub("A").sub("Mine")
    return lib.ROOT, lib.ROOT.A, lib.ROOT.sub("App"), lib.ROOT.A.Mine


def check(held):
    root, a, app, mine = held
    assert root is lib.ROOT and root.A is a and root.App is app and a.Mine is mine
    assert root.B.name == "B" and a.Deep.name == "Deep"
    assert {type(token) for token in (root, a, app, mine, root.B, a.Deep)} == {lib.Token}
