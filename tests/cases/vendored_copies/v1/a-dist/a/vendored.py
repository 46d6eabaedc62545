class Box:
    def m(self):
        return 1


def pack(x):
    return Box(), x
