"""Type variables, parameter specifications and type aliases are definitions: who holds one holds the new one, also in keys."""

import sys
from typing import Generic

import lib
from lib import P, T

STATEMENTS = sys.version_info >= (3, 12)  # type Pair[A] = ..., class Bag[A]: ...
if STATEMENTS:
    from lib import Bag, Pair, Tree


class Mine(Generic[T]):
    pass


def hold():
    aliases = {Pair: "pair", Pair[int]: "pair of int", Tree: "tree"} if STATEMENTS else {}
    return {T: "T", lib.Function: "function", lib.Box[T]: "box"}, aliases, Bag(1) if STATEMENTS else None


def check(held):
    names, aliases, bag = held
    assert T is lib.T and P is lib.P and T.__covariant__
    assert names == {lib.T: "T", lib.Function: "function", lib.Box[lib.T]: "box"}
    assert Mine.__parameters__ == (lib.T,) and Mine[lib.Base].__args__[0].level == 2
    if STATEMENTS:
        assert aliases == {lib.Pair: "pair", lib.Pair[int]: "pair of int", lib.Tree: "tree"}
        assert Pair is lib.Pair and str(Pair.__value__) == "tuple[A, A, A]" and str(Tree.__value__) == "dict[str, Tree]"
        assert bag.get() == (2, 1) and type(bag).__type_params__ == lib.Bag.__type_params__
