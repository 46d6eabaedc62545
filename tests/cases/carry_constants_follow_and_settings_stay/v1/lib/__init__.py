from lib.settings import LIMIT, MODE


def limits():
    return LIMIT, MODE
