"""What the package bound to a class of the program when that was made is not what it prepared when the class was used: it stays, as no
class is made again."""

import lib

FRESH = False


class Own(lib.Base):
    pass


def hold():
    return Own()


def check(held):
    assert held.version() == 2 and isinstance(held, lib.Base) and Own._is_plain is True and Own._size == 1
