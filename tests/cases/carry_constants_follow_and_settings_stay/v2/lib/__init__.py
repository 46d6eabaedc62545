from lib.settings import LIMIT, MODE


def limits():
    return "v2", LIMIT, MODE
