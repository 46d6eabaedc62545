"""Attributes that were private to their class and are so no longer, or the other way round, move, in however many places the
constructors set them: methods that are the same but for names say that they are the same."""

from attributes_private_no_longer import Plain, _Matrix


class Own(_Matrix):
    pass


def hold():
    return _Matrix([[1, 2], [3, 4]]), Own(3), Plain(1, 2), Plain()


def check(held):
    matrix, own, plain, empty = held
    assert matrix.get(1, 0) == 3 and matrix.size == (2, 2, 4) and matrix.copy().size == (2, 2, 4)
    assert own.size == (3, 3, 0) and own.get(0, 0) == 0 and own.copy().size == (3, 3, 0)
    assert plain.count() == 2 and empty.count() == 0
