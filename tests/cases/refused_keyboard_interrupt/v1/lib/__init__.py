from . import b

class Plain:
    def m(self):
        return 1


