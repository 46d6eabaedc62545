"""`from m import CONST` in the body of a class follows, as it does in a module; the program's own value stays."""

import lib.a
import lib.b


class Mine:
    from lib.a import LIMIT as LARGEST
    from lib.a import NAMES

    class Inner:
        from lib.a import LIMIT

    def largest(self):
        return self.LARGEST


class Other:
    from lib.a import LIMIT

    OWN = 1


def hold():
    Other.LIMIT = 7
    return Mine(), lib.b.B()


def check(held):
    mine, theirs = held
    assert mine.largest() == Mine.LARGEST == Mine.Inner.LIMIT == 2 and Mine.NAMES == ("a", "b")
    assert theirs.limit() == 2
    assert Other.LIMIT == 7 and Other.OWN == 1
