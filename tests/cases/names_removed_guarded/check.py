"""Code that is prepared for a missing name or another signature is no reason to refuse: it finds what it is prepared for."""

import contextlib

import lib

ERRORS = (AttributeError, TypeError)


def by_try():
    try:
        return lib.gone()
    except (ValueError, AttributeError):
        return "none"


def by_second_clause():
    try:
        return lib.gone()
    except ValueError as error:
        return error
    except ERRORS:
        return "none"


def by_outer_try():
    try:
        with contextlib.nullcontext():
            try:
                return lib.gone()
            finally:
                lib.both()
    except AttributeError:
        return "none"


def by_import():
    try:
        from lib import gone
    except ImportError:
        return "none"
    return gone()


def by_import_of_anything():
    try:
        from lib import gone
    except Exception:
        gone = None
    return "none" if gone is None else gone()


def by_hasattr():
    return lib.gone() if hasattr(lib, "gone") else "none"


def by_getattr():
    if getattr(lib, "gone", None) is None:
        return "none"
    return lib.gone()


def by_version():
    if lib.__version__ > "1":
        return "none"
    return lib.gone()


def by_suppress():
    with contextlib.suppress(AttributeError):
        return lib.gone()
    return "none"


def call_by_try():
    try:
        return lib.f(1)
    except TypeError:
        return lib.f(1, 2)


FUNCTIONS = [
    by_try,
    by_second_clause,
    by_outer_try,
    by_import,
    by_import_of_anything,
    by_hasattr,
    by_getattr,
    by_version,
    by_suppress,
]


def hold():
    return FUNCTIONS, call_by_try


def check(held):
    functions, call = held
    assert [function() for function in functions] == ["none"] * len(functions) and lib.both() == 2
    try:
        assert call() == 3
    except TypeError:
        raise AssertionError("the second call does not bind") from None
