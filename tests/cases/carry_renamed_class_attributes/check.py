"""Row 9: an attribute of a class that has another name now, as methods that are the same but for it say, keeps what the program made of
it. One that only starts with the same value is another one."""

import lib

FRESH = False


def hold():
    return lib.Connection(), lib.Connection(), getattr(lib.Connection, "live"), lib.Plain()  # noqa: B009


def check(held, report):
    first, second, live, plain = held
    assert lib.Connection.counts() == (2, 2) and lib.Connection.alive is live and live == [first, second]
    assert not hasattr(lib.Connection, "opened") and not hasattr(lib.Connection, "live")
    assert plain.limit() == 1
    assert sum("lib.Connection" in note or "class Connection" in note for note in report.notes) == 2, report.notes
    lib.Connection()
    assert lib.Connection.counts() == (3, 3)
