"""len(), indexing, iteration and "in": gained by a base class of the library."""

import lib


class App(lib.Base):
    pass


class Deeper(App):
    own = True


def hold():
    return [App(), Deeper(), lib.Base()]


def check(held):
    held += [App(), Deeper(), lib.Base()]
    for x in held:
        assert len(x) == 3 and x[0] == 1 and list(x) == [1, 2, 3] and list(reversed(x)) == [3, 2, 1]
        assert "in" in x and 1 not in x
        x[0] = 9
        del x[1]
        assert x.items == [9, 3]
