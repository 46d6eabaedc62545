class Base:
    def __init__(self, name, kind=None, nargs=1, old=False, *, lang="en"):
        self.name = name
        self.kind = kind
        self.nargs = nargs
        self.old = old
        self.lang = lang

    def all(self):
        return self.name, self.kind, self.nargs, self.old, self.lang


class Rest(Base):
    def __init__(self, name, required=None, **attrs):
        if required is None:
            required = attrs.get("nargs", 1) > 0
        if "multiple" in attrs:
            raise TypeError("multiple")
        super().__init__(name, nargs=attrs.pop("nargs", 1), **attrs)
        self.required = required


class Named(Base):
    def __init__(self, name, old=False, **attrs):
        super().__init__(name, kind="named", old=old, **attrs)
        self.title = name


class Deep(Named):
    def __init__(self, *names, **attrs):
        first = names[0]
        super().__init__(first, **attrs)
