import logging


class Logger(logging.getLoggerClass()):
    def __init__(self, name, level=logging.NOTSET):
        super().__init__(name, level)
        self.calls = 0

    def version(self):
        self.calls += 1
        return "v1"


class Quiet(logging.Logger):
    def version(self):
        return "quiet v1"


def make(name, kind):
    before = logging.getLoggerClass()
    logging.setLoggerClass(kind)
    try:
        return logging.getLogger(name)
    finally:
        logging.setLoggerClass(before)


quiet = make("lib.quiet", Quiet)
logging.setLoggerClass(Logger)
log = logging.getLogger("lib")
new = logging.getLogger("lib.v1")
