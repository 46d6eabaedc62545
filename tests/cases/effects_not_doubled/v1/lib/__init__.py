import collections.abc
import logging
import warnings

log = logging.getLogger("lib")
log.addHandler(logging.NullHandler())


class Handler(logging.Handler):
    def emit(self, record):
        record.seen = getattr(record, "seen", 0) + 1


handler = Handler()
logging.getLogger("lib.sub").addHandler(handler)


class LibWarning(UserWarning):
    pass


class Later(LibWarning):
    pass


warnings.simplefilter("always", LibWarning, append=True)
warnings.filterwarnings("ignore", message="quiet", category=Later)


def f():
    return 1
