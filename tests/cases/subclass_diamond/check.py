"""Multiple inheritance that mixes classes of the library and of the application; super() in both forms."""

import lib


class A(lib.Top, lib.Right):
    def who(self):
        return ["A", *super().who(), *super(lib.Left, self).who()]


class B(A):
    def who(self):
        return ["B", *super().who()]


class Mixed(dict, lib.Right):
    pass


def hold():
    return A(), B(), Mixed(a=1), B.__mro__, A.__bases__


def check(held):
    a, b, mixed, mro, bases = held
    assert a.who() == ["A", "top2", "left2", "right2"]
    assert b.who() == ["B", "A", "top2", "left2", "right2"] and b.left() == 2
    assert mixed.who() == ["right2"] and mixed == {"a": 1}
    assert B.__mro__ == (B, A, lib.Top, lib.Left, lib.Right, object) == mro
    assert A.__bases__ == (lib.Top, lib.Right) == bases
    assert A in lib.Top.__subclasses__() and lib.Left.__subclasses__() == [lib.Top]
    assert isinstance(b, lib.Right) and issubclass(Mixed, lib.Right)
