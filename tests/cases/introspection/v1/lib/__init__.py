def f(a):
    "one"
    return a


class C:
    "class one"
