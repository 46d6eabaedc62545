"""A class prepared itself from a table that is another one in the new version, and from what it was called with."""

import lib

EXPECT = "refused:state-changed"


def hold():
    assert lib.Lexer({"y": "more"}).lex("a") == (0, "one")
    return lib.Lexer({})


def check(held):
    assert held.lex("a") == (0, "one") and held.lex("y") == (1, "more")
