"""A default of a function that helped a class of the program to prepare itself has a method that changed."""

import lib

EXPECT = "refused:state-changed"


class Own(lib.Lexer):
    rules = {"o": None}


def hold():
    assert Own().find("p") == ["o"]
    return Own()


def check(held):
    assert held.find("p") == ["o"] and held.find("new") == []
