"""A version that sets the completer of readline and then cannot be imported: the completer of before is there again."""

import readline

import lib

EXPECT = "refused:staging-failed"


def hold():
    return readline.get_completer()


def check(held):
    assert readline.get_completer() is held and held("x", 0) == "x1" and type(held.__self__) is lib.Completer
    assert readline.get_completer_delims() == " 1"
