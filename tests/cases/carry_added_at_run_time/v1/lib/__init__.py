class C:
    pass


def f():
    return 1
