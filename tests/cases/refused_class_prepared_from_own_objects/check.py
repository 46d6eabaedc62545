"""A class of the program prepared itself from objects of its own, with a method that changed."""

import lib

EXPECT = "refused:state-changed"


class Own(lib.Lexer):
    rules = {"o": lib.Words("p", "q")}


def hold():
    assert Own().find("p") == ["o"]
    return Own()


def check(held):
    assert held.find("p") == ["o"] and held.find("new") == []
