import string

string.added_by_lib = 2


def f():
    return 2
