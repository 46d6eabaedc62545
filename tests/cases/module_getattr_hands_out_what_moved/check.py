"""What moved is still handed out by the old module's __getattr__, with a warning: who holds it gets what that gives."""

from lib.a import C, f


class Mine(C):
    pass


def hold():
    one = C()
    return one, [f, one.m], Mine()


def check(held):
    import lib.b

    one, functions, mine = held
    assert C is lib.b.C and f is lib.b.f and one.m() == functions[1]() == mine.m() == (2, [])
    assert functions[0]() == 2 and type(one) is C and issubclass(Mine, lib.b.C)
