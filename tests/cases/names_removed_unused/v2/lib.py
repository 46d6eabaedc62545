def kept():
    return 2


class C:
    def m(self):
        return 2
