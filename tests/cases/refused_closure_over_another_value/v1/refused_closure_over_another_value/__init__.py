import functools


class Retry:
    def wraps(self, fn):
        @functools.wraps(fn)
        def wrapped(*args):
            return ("retried", fn(*args))

        return wrapped


class Own(Retry):
    """Calls what it is given by itself."""

    def wraps(self, fn):
        wrapped = super().wraps(fn)

        @functools.wraps(fn)
        def outer(*args):
            return ("retried", fn(*args))

        outer.wrapped = wrapped
        return outer
