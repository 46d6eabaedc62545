"""A package has an object on sys.meta_path that makes its submodules: the staged ones are made by the new version's, and it alone
stays there."""

import importlib
import sys

import lib
import lib.made_before


class Other:
    """The program's own, of its own kind."""

    def find_spec(self, name, path, target=None):
        return None


other = Other()
sys.meta_path.append(other)


def hold():
    return lib.finder, lib.made_early, [type(finder).__name__ for finder in sys.meta_path]


def check(held):
    finder, early, kinds = held
    assert finder is lib.finder and type(finder) is lib.Finder and early is lib.made_early
    assert lib.made_early.VERSION == lib.made_before.VERSION == 2
    assert early.finder is finder and early.__spec__.loader is finder
    assert [type(finder).__name__ for finder in sys.meta_path] == kinds and sys.meta_path[-2:] == [finder, other]

    late = importlib.import_module("lib.made_late")
    assert late.VERSION == 2 and late.finder is finder
