"""The new version raises while it is imported: refused, and nothing was touched."""

EXPECT = "refused"


def hold():
    import lib.b

    return lib.Plain(), lib.b


def check(held):
    assert held[0].m() == 1 and held[1].X == 1
