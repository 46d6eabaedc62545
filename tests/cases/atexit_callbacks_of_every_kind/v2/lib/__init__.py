import atexit

out = []


class P:
    def close(self):
        out.append("close, 2")

    @classmethod
    def of_class(cls):
        out.append("class, 2")

    def __call__(self):
        out.append("call, 2")


p = P()


def f(*args, **named):
    out.append(("f, 2", args, named))


def make(n):
    def closure():
        out.append(("closure, 2", n))

    return closure


atexit.register(p.close)
atexit.register(P.of_class)
atexit.register(f, 1, x=2)
atexit.register(f)
atexit.register(lambda: out.append("lambda, 2"))
atexit.register(lambda: out.append("another, 2"))
atexit.register(make(1))
atexit.register(make(2))
atexit.register(p)
