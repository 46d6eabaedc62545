"""A class of the program prepared itself with code that may get hold of anything."""

import lib

EXPECT = "refused:state-changed"


class Own(lib.Lexer):
    rules = {"o": "words"}


def hold():
    assert Own().find("p") == ["o"]
    return Own()


def check(held):
    assert held.find("p") == ["o"] and held.find("new") == []
