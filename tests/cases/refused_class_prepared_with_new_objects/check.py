"""A class of the program prepared itself with an object that was made for that, of a class that changed."""

import lib

EXPECT = "refused:state-changed"


class Own(lib.Lexer):
    rules = {"o": "pq"}


def hold():
    assert Own().find("p") == ["o"]
    return Own()


def check(held):
    assert held.find("p") == ["o"] and held.find("new") == []
