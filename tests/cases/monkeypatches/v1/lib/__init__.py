def f():
    return 1


def g():
    return ("g1", f(), C().m(), C.constant)


class C:
    constant = 1

    def m(self):
        return 1

    def other(self):
        return ("other1", self.m())
