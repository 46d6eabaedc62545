# Lines before move everything.


def f(a: int, /, b: "C" = None, *rest, k=1, **options) -> int:
    "two"
    return a


class C:
    "class two"

    x: int = 1
