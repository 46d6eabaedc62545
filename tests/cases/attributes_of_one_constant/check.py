"""One attribute vanishes and one comes that begins with the same constant: a rename only if their names say so, or nothing was ever put
into the old one."""

import lib

FRESH = False


def hold():
    parser, request = lib.Parser("abc"), lib.Request()
    parser.ranges = "the program's"
    request.open()
    return parser, request


def check(held):
    parser, request = held
    assert parser.length() == 3 and parser.cache == 3, parser.cache
    assert request._session == ["open"] and lib.Parser("a").length() == 1
