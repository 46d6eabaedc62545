__version__ = "2"


class Connection:
    def __init__(self, host, *, timeout=1):
        self.host = host
        self.timeout = timeout


class Pool:
    def __init__(self, **arguments):
        self.arguments = arguments

    def connect(self):
        return Connection(**self.arguments)


class Slotted:
    __slots__ = ("options",)

    def __init__(self, **options):
        self.options = options

    def work(self):
        return work("here", **self.options)


def work(host):
    return host, None
