__version__ = "1"


class Connection:
    def __init__(self, host, *, timeout=1, registry=None, **more):
        self.host = host
        self.timeout = timeout


class Pool:
    def __init__(self, **arguments):
        arguments.setdefault("registry", ())
        self.arguments = arguments

    def connect(self):
        return Connection(**self.arguments)


class Slotted:
    __slots__ = ("options",)

    def __init__(self, **options):
        self.options = options

    def work(self):
        return work("here", **self.options)


def work(host, port=None):
    return host, port
