"""An instance gets what its class adds, through the bases that this has now; also where constructors are called by name."""

import lib

FRESH = False


def hold():
    class Mine(lib.Part):
        pass

    class Both(lib.Part, lib.Base):
        def __init__(self):
            lib.Part.__init__(self)
            lib.Base.__init__(self)

    return lib.Part(), lib.Base(), Mine(), Both()


def check(held):
    part, base, mine, both = held
    assert vars(part) == {"a": 1, "b": 2} and part.look() == 2, "it does not derive from Base any more"
    assert vars(base) == {"a": 1, "added": 3} and vars(mine) == {"a": 1, "b": 2}
    assert vars(both) == {"a": 1, "b": 2, "added": 3}
