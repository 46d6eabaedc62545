import lib

lib.REGISTRY["late"] = "of two"


def answer():
    return 2
