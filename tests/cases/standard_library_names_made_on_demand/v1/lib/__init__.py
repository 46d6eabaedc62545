import ast
import typing


def f():
    return ast.__name__, typing.__name__
