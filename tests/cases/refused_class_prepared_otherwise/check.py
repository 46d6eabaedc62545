"""A class prepared itself from a table that is another one in the new version. Instances that are alive use what it prepared."""

import lib

EXPECT = "refused:state-changed"


def hold():
    assert lib.Lexer().lex("a") == (0, "one")
    return lib.Lexer()


def check(held):
    assert held.lex("a") == (0, "one") and lib.Lexer().lex("a") == (0, "one")
