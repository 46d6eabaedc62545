"""Loggers of a class that the package defines, as logging's documentation shows it. An import gets the logger that is there by its
name, whatever its class; and the class of the old version, which logging.getLoggerClass() gives, is no base of the new one."""

import logging

import lib


def hold():
    mine = logging.getLogger("program")
    mine.version()
    assert mine.calls == 1 and type(mine) is lib.Logger
    return lib.log, lib.quiet, mine


def check(held):
    log, quiet, mine = held
    assert log is lib.log is logging.getLogger("lib") and quiet is lib.quiet
    assert [logger.version() for logger in (*held, lib.new)] == ["v2", "quiet v2", "v2", "v2"]
    assert mine.calls == 2 and type(mine) is type(log) is type(logging.getLogger("later")) is lib.Logger
    assert lib.Logger.__mro__[1:] == logging.Logger.__mro__ and lib.new.parent is log is quiet.parent
