def f():
    return 2


def g():
    return ("g2", f(), C().m(), C.constant)


class C:
    constant = 1

    def m(self):
        return 2

    def other(self):
        return ("other2", self.m())
