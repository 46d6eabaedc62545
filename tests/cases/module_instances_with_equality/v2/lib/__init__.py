import contextvars

CURRENT = contextvars.ContextVar("current")


class Proxy:
    """Answers for whatever is current, equality and hash included."""

    __slots__ = ("_get",)

    def __init__(self, var):
        def get():
            return var.get()

        object.__setattr__(self, "_get", get)

    def __getattr__(self, name):
        return (2, getattr(self._get(), name))

    def __eq__(self, other):
        return self._get() == other

    def __hash__(self):
        return hash(self._get())

    __class__ = property(lambda self: type(self._get()))


class Valued:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return isinstance(other, Valued) and other.x == self.x

    def __hash__(self):
        return hash(self.x)

    def m(self):
        return 2


current = Proxy(CURRENT)
ONE = Valued(1)
TABLE = {ONE: "one"}
