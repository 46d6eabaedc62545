"""What an import sets on loggers: what the program has set stays, what the release changed comes."""

import logging

import lib


def hold():
    logging.getLogger("lib.same").setLevel(logging.DEBUG)
    logging.getLogger("lib.both").setLevel(logging.DEBUG)
    return lib.name


def check(name):
    assert name() == "v2"
    loggers = {key: logging.getLogger("lib." + key) for key in ("same", "raised", "both", "quiet", "filtered")}
    assert {key: loggers[key].level for key in ("same", "raised", "both")} == {
        "same": logging.DEBUG,
        "raised": logging.ERROR,
        "both": logging.DEBUG,
    }
    assert not loggers["quiet"].propagate
    assert len(loggers["filtered"].filters) == 1
    record = logging.LogRecord("lib.filtered", logging.INFO, "", 0, "a secret", (), None)
    assert not loggers["filtered"].filter(record)
