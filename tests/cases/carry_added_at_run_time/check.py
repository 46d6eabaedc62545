"""Names, class attributes and function attributes that the program added stay."""

import lib


class Extra:
    pass


def hold():
    lib.extra, lib.C.extra, lib.f.extra = {"a": 1}, Extra(), [1]
    lib.added = lib.C()
    return lib.extra, lib.C.extra, lib.f.extra, lib.added


def check(held):
    assert lib.f() == 2
    extra, attribute, of_function, added = held
    assert lib.extra is extra and lib.C.extra is attribute and lib.f.extra is of_function
    assert lib.added is added and type(added) is lib.C
