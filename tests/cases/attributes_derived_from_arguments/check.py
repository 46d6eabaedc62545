"""A new attribute is made of an argument that each instance has kept as it was given, slots or not; statement by statement."""

import lib


class Own(lib.Mark):
    def __init__(self):
        super().__init__("own", level=3)


def hold():
    return lib.Spec("a", {"first": 1, "late": 2}), lib.Spec("b", {}), lib.Mark("m"), lib.Sub("so"), Own()


def check(held):
    first, second, mark, sub, own = held
    assert first.all() == ("a", 1, 2) and second.all() == ("b", None, None)
    assert mark.all() == ("m", ".", 10) and sub.all() == ("so", "!!", 20) and own.all() == ("own", "!!!", 30)
    assert lib.Spec("c", {"late": 3}).all() == ("c", None, 3) and lib.Mark("n", level=4).all() == ("n", "!!!!", 10)
