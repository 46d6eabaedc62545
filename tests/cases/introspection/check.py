"""Documentation, signature, source, annotations and line numbers are the new version's."""

import inspect

import lib
from lib import C, f


def hold():
    return f


def check(held):
    assert held.__doc__ == "two" and C.__doc__ == "class two" and C.__annotations__ == {"x": int}
    assert str(inspect.signature(f)) == "(a: int, /, b: 'C' = None, *rest, k=1, **options) -> int"
    assert "k=1" in inspect.getsource(held) and inspect.getsourcelines(C)[1] == 9
    assert inspect.getmodule(f) is lib and f.__code__.co_firstlineno == 4
