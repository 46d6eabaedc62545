"""What a metaclass with code of its own for making classes did to the program's class is not known: it stays."""

import lib

EXPECT = "refused:subclass"


class Mine(lib.Tagged):
    pass


def hold():
    return None


def check(_):
    assert Mine.tag == "Mine"
