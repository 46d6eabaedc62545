def gone():
    return 1


def f(a, b=0):
    return 1
