"""Only the distribution below is upgraded: the other one is an application like any other."""

import base
import plug

UPGRADE = {"names": ["Base.Dist"]}


def hold():
    return plug.Plug(), plug


def check(held):
    assert held[0].m() == ("plug 1", 2, 2) and held[0].n() == 2 and plug is held[1]
    assert plug.Base is base.Base and plug.helper is base.helper and plug.Plug.__bases__ == (base.Base,)
