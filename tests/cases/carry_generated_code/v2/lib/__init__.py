KIND = 2


class Base:
    @classmethod
    def run(cls):
        if "_generated" not in cls.__dict__:
            space = {}
            exec("def generated(): return %d" % KIND, globals(), space)
            cls._generated = staticmethod(space["generated"])
        return cls._generated()


_made = {}


def maker(n):
    if n not in _made:
        exec("def made(): return (%d, %d)" % (n, KIND), globals(), _made)
        _made[n] = _made.pop("made")
    return _made[n]()
