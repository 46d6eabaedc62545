import ast
import typing
import warnings
from typing import Match

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    Number = getattr(ast, "Num", None)


def f():
    return Match, Number
