"""A class of the program inherits what it prepared itself from: an object, in an object, whose method changed."""

import lib

EXPECT = "refused:state-changed"


class Own(lib.Lexer):
    pass


def hold():
    assert Own().find("p") == ["o"]
    return Own()


def check(held):
    assert held.find("p") == ["o"] and held.find("new") == []
