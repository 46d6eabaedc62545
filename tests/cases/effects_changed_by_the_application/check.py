"""The application removed the library's handler and set filters and handlers of its own: those stay as they are."""

import logging
import warnings

import lib


class Mine(logging.Handler):
    def emit(self, record):
        pass


def hold():
    logger, mine = logging.getLogger("lib"), Mine()
    logger.handlers.clear()
    logger.addHandler(mine)
    logger.setLevel(logging.ERROR)
    warnings.simplefilter("error", RuntimeWarning)
    return mine, list(warnings.filters)


def check(held):
    mine, filters = held
    logger = logging.getLogger("lib")
    assert lib.f() == 2 and logger.handlers == [mine] and logger.level == logging.ERROR
    assert warnings.filters == filters
