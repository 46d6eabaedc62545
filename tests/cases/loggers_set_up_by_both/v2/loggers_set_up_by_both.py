import logging

VERSION = 2
names = ("cleared", "propagating", "filtered", "lambdas", "taken_off", "levelled", "plain")
loggers = {name: logging.getLogger("both." + name) for name in names}


class Handler(logging.Handler):
    def emit(self, record):
        pass


class Filter(logging.Filter):
    version = 2


for name in ("cleared", "plain"):
    loggers[name].addHandler(Handler())
loggers["propagating"].propagate = False
for name in ("filtered", "taken_off", "plain"):
    loggers[name].addFilter(Filter())
for name in ("lambdas", "plain"):
    loggers[name].addFilter(lambda record: record.levelno > 2)
loggers["levelled"].setLevel("DEBUG")
loggers["plain"].addFilter(logging.Filter("both"))
