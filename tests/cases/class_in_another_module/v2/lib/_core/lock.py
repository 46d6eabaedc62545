from .state import Context, Failure, Token


class Lock:
    def __init__(self):
        self.context, self.token = Context(), Token()

    def acquire(self):
        assert self.context.pending is None
        return self.context.up()


def start():
    raise Failure("v2")
