import logging

logging.getLogger("lib.same").setLevel(logging.WARNING)
logging.getLogger("lib.raised").setLevel(logging.WARNING)
logging.getLogger("lib.both").setLevel(logging.WARNING)
logging.getLogger("lib.quiet")
logging.getLogger("lib.filtered")


def name():
    return "v1"
