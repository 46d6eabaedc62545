from lib import sub


def moved():
    return 1


class C(metaclass=type):
    OLD = 1
