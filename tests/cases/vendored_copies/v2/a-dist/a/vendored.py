class Box:
    def m(self):
        return 2


def pack(x):
    return Box(), x
