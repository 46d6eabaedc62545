"""Exceptions get other bases and slots: arguments, traceback, cause and notes stay, and what is being handled is caught."""

import lib


def hold():
    try:
        try:
            lib.fail("inner")
        except lib.Error as inner:
            raise lib.Detailed("outer", 5) from inner
    except lib.Detailed as error:
        error.add_note("note")
        error.extra = [1]
        return error, error.__traceback__, error.__cause__, lib.System(2, "missing", "name")


def check(held):
    error, traceback, cause, system = held
    assert type(error) is lib.Detailed and error.args == ("outer", 5) and error.__traceback__ is traceback
    assert error.__cause__ is cause and isinstance(cause, (lib.Error, ValueError)) and cause.args == ("inner",)
    assert error.__notes__ == ["note"] and error.extra == [1] and str(cause) == "inner"
    assert isinstance(cause, ValueError) and issubclass(lib.Detailed, lib.Error)
    assert (system.errno, system.filename) == (2, "name") and type(system) is lib.System
    try:
        raise cause
    except ValueError as again:
        assert again is cause
