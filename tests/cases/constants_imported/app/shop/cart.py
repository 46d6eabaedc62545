from lib.settings import LIMIT as MAXIMUM

try:
    from lib.settings import ONE
except ImportError:
    ONE = 1


def total():
    return MAXIMUM + ONE
