from . import heavy

VERSION = 1


class Board:
    def name(self):
        return "v1"


def use():
    from . import late

    return heavy.run(), late.run()
