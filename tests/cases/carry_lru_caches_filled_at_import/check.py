"""Caches of functions that the import itself has called: of C functions, of methods, with and without a limit."""

import lib


def hold():
    assert lib.factorial(11) == 39916800 and lib.numbers.square(3) == 9
    return lib.factorial, lib.numbers, lib.Numbers.cube


def check(held):
    factorial, numbers, cube = held
    assert lib.version() == 2
    assert factorial is lib.factorial and numbers is lib.numbers and cube is lib.Numbers.cube
    assert [factorial(n) for n in (10, 11, 12)] == [3628800, 39916800, 479001600]
    assert [numbers.square(n) for n in (2, 3, 4)] == [4, 9, 16] and [cube(2), cube(3)] == [8, 27]
