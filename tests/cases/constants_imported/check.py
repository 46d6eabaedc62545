"""`from m import CONST as X` in the application and its submodules, through re-exports of the package."""

import shop
import shop.cart
from lib import LIMIT, TITLE, __version__
from lib.settings import LIMIT as BOUND, NOTHING, PAIR, SAME, TABLE
from lib.use import read


def inside():
    return LIMIT, BOUND, TITLE, PAIR, NOTHING, SAME, __version__


def hold():
    return inside()


def check(held):
    assert inside() == (20, 20, "two", (2, "two"), 7, 5, "2")
    assert TABLE == {"k": 2} and read() == (20, "two", 20)
    assert shop.cart.total() == 21 and shop.cart.MAXIMUM == 20 and shop.LIMIT == 20
