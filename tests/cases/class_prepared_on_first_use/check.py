"""Classes that prepared themselves when they were first used, from what the release does not change: they stay as they are. So does a
registry that is made in the same way."""

import lib

FRESH = False


class Own(lib.Lexer):
    rules = {"x": "own"}


def hold():
    lib.Plugins.add("mine")
    assert lib.Lexer().lex("a") == (0, "one")
    return lib.Lexer(), Own(), lib.Lexer._rules


def check(held):
    lexer, own, rules = held
    assert own.lex("x") == (0, "own") and lexer.lex("a") == (0, "one") and lib.Lexer._rules is rules
    assert lib.Plugins._names == {"mine": True} and lexer.answer() == 2
