import os


def gone():
    return 1


def kept():
    return gone()


class C:
    def m(self):
        return 1

    def old(self):
        return gone()
