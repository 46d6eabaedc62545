"""Log handlers and warnings filters that the import adds: neither doubled nor lost, in the order of a fresh process."""

# ruff: noqa: B028
import logging
import warnings

import lib
from lib import LibWarning


def filters():
    return [
        (action, category.__name__) for action, _, category, _, _ in warnings.filters if category.__module__ == "lib"
    ]


def hold():
    return lib.handler


def check(held):
    assert lib.f() == 2
    names = [type(handler).__name__ for handler in logging.getLogger("lib").handlers]
    assert names == ["NullHandler"], names
    assert logging.getLogger("lib.sub").handlers == [lib.handler] and type(lib.handler) is lib.Handler
    assert filters() == [("ignore", "Later"), ("always", "LibWarning")], filters()
    assert all(
        category in (lib.LibWarning, lib.Later)
        for _, _, category, _, _ in warnings.filters
        if category.__module__ == "lib"
    )
    record = logging.LogRecord("lib.sub", logging.ERROR, "path", 1, "text", (), None)
    logging.getLogger("lib.sub").handle(record)
    assert record.seen == 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn("loud", LibWarning)
        warnings.warn("quiet", lib.Later)
    assert [str(warning.message) for warning in caught] == ["loud"]
