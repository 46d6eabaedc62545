"""What an import registers to be called at the end is called once, in its place, and is the new version's: methods, calls with
arguments, lambdas, closures, instances."""

import atexit

import lib


def hold():
    return lib.out


def check(held):
    atexit._run_exitfuncs()
    assert lib.out[::-1] == [
        "close, 2",
        "class, 2",
        ("f, 2", (1,), {"x": 2}),
        ("f, 2", (), {}),
        "lambda, 2",
        "another, 2",
        ("closure, 2", 1),
        ("closure, 2", 2),
        "call, 2",
    ]
