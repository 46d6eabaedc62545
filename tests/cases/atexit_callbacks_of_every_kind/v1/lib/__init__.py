import atexit

out = []


class P:
    def close(self):
        out.append("close, 1")

    @classmethod
    def of_class(cls):
        out.append("class, 1")

    def __call__(self):
        out.append("call, 1")


p = P()


def f(*args, **named):
    out.append(("f, 1", args, named))


def make(n):
    def closure():
        out.append(("closure, 1", n))

    return closure


atexit.register(p.close)
atexit.register(P.of_class)
atexit.register(f, 1, x=2)
atexit.register(f)
atexit.register(lambda: out.append("lambda, 1"))
atexit.register(lambda: out.append("another, 1"))
atexit.register(make(1))
atexit.register(make(2))
atexit.register(p)
