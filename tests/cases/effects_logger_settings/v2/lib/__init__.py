import logging

logging.getLogger("lib.same").setLevel(logging.WARNING)
logging.getLogger("lib.raised").setLevel(logging.ERROR)
logging.getLogger("lib.both").setLevel(logging.ERROR)
logging.getLogger("lib.quiet").propagate = False
logging.getLogger("lib.filtered").addFilter(lambda record: "secret" not in record.getMessage())


def name():
    return "v2"
