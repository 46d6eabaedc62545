"""The new class prepares itself for instances that are alive, and that raises."""

import lib

EXPECT = "refused:state-changed"


def hold():
    assert lib.Lexer().lex("a") == (0, "one")
    return lib.Lexer()


def check(held):
    assert held.lex("a") == (0, "one") and lib.Lexer().lex("a") == (0, "one")
