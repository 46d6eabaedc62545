"""Loggers that the import sets up, and the program too: what the program took off or set stays so, what is its own stays,
what the release adds comes, and nothing is there twice."""

import logging

import loggers_set_up_by_both as lib


def hold():
    mine = {name: logging.NullHandler() for name in lib.names}
    lib.loggers["cleared"].handlers.clear()
    lib.loggers["propagating"].propagate = True
    lib.loggers["taken_off"].removeFilter(lib.loggers["taken_off"].filters[0])
    lib.loggers["lambdas"].addFilter(lambda record: True)
    for name in ("filtered", "plain"):
        lib.loggers[name].addHandler(mine[name])
    return mine


def look(logger):
    return [type(item).__name__ for item in (*logger.handlers, *logger.filters)]


def check(mine):
    assert {name: look(logger) for name, logger in lib.loggers.items()} == {
        "cleared": [],
        "propagating": [],
        "filtered": ["NullHandler", "Filter"],
        "lambdas": ["function", "function"],
        "taken_off": [],
        "levelled": [],
        "plain": ["Handler", "NullHandler", "Filter", "function", "Filter"],
    }
    assert lib.loggers["propagating"].propagate
    assert lib.loggers["plain"].handlers[1] is mine["plain"] and type(lib.loggers["plain"].handlers[0]) is lib.Handler
    assert type(lib.loggers["filtered"].filters[0]) is lib.Filter and lib.Filter.version == lib.VERSION == 2
    record = logging.LogRecord("both", 2, "", 0, "", (), None)
    assert [bool(found(record)) for found in lib.loggers["lambdas"].filters] == [False, True]
    assert lib.loggers["levelled"].level == logging.DEBUG
