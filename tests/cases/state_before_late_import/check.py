"""The program fills the package's tables, and then the package loads one more of its modules: what was filled in before is still
the program's, what that module put there is still the package's."""

import lib

FRESH = False


def hold():
    lib.register("mine", "kept")
    assert lib.ask() == 1
    return lib.REGISTRY, lib.ROOT


def check(held):
    registry, root = held
    assert registry is lib.REGISTRY == {"default": "two", "mine": "kept", "late": "of two"}, registry
    assert lib.SEEN == ["mine"] and lib.Root.children == 1, (lib.SEEN, lib.Root.children)
    assert root is lib.ROOT and root.names == {"mine": "kept"} and root.latest == "mine", vars(root)
    assert lib.ask() == 2
