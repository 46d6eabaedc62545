"""Importing sets the completer of readline, which only its C code holds: the new version's is set at the flip, once."""

import readline

import lib


def hold():
    return readline.get_completer().__self__


def check(held):
    assert readline.get_completer()("x", 0) == "x2" and type(readline.get_completer().__self__) is lib.Completer
    assert readline.get_completer_delims() == " 2" and type(held) is lib.Completer
