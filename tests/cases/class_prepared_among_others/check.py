"""A class prepared itself from its own table. That another class has another table now is nothing to it: what it prepared stays. A
class that leads to such a one may have asked it, and prepares itself anew."""

import lib

FRESH = False


def hold():
    assert lib.Lexer().lex("a") == (0, "one") and lib.Wide().lex("d") == (0, "as it was")
    assert lib.Wide().lex("c") == (1, "old")
    return lib.Lexer(), lib.Lexer._rules, lib.Wide()


def check(held):
    lexer, rules, wide = held
    assert lexer.version() == 2 and lexer.lex("a") == (0, "one") and lib.Lexer._rules is rules
    assert wide.lex("d") == (0, "as it was") and wide.lex("c") == (1, "new")
