import logging
import warnings

logging.getLogger("lib").addHandler(logging.NullHandler())
warnings.simplefilter("default", DeprecationWarning, append=True)


def f():
    return 2
