"""A class of the program prepared itself from a table that it inherits, and that is another one in the new version."""

import lib

EXPECT = "refused:state-changed"


class Own(lib.Lexer):
    pass


class Apart(lib.Lexer):
    rules = {"x": "own"}


def hold():
    assert Apart().lex("x") == (0, "own") and Own().lex("a") == (0, "one")
    return Own()


def check(held):
    assert held.lex("a") == (0, "one") and Own().lex("a") == (0, "one")
