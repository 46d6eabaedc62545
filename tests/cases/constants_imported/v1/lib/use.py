from .settings import LIMIT as BOUND
from . import TITLE


def read(x=BOUND):
    return (BOUND, TITLE, x)
