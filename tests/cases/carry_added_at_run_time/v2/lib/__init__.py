class C:
    pass


def f():
    return 2
