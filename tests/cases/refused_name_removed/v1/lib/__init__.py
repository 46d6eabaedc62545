from lib import sub
from lib.sub import moved


def gone():
    return 1


class C:
    OLD = 1

    @staticmethod
    def make():
        return C()
