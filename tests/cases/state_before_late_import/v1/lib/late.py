import lib

lib.REGISTRY["late"] = "of one"


def answer():
    return 1
