__version__ = "2"


class Connection:
    def __init__(self, host, *, timeout=1):
        self.host = host
        self.timeout = timeout


class Pool:
    def __init__(self, **arguments):
        self.arguments = arguments

    def connect(self):
        arguments = dict(self.arguments)
        arguments.pop("registry", None)
        return Connection(**arguments)


class Slotted:
    __slots__ = ("options",)

    def __init__(self, **options):
        self.options = options


def work(host):
    return host, None
