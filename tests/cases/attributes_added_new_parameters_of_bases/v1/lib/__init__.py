class Base:
    def __init__(self, name, kind=None, nargs=1):
        self.name = name
        self.kind = kind
        self.nargs = nargs


class Rest(Base):
    def __init__(self, name, required=None, **attrs):
        super().__init__(name, **attrs)
        self.required = required


class Named(Base):
    def __init__(self, name, **attrs):
        super().__init__(name, kind="named", **attrs)


class Deep(Named):
    def __init__(self, *names, **attrs):
        super().__init__(names[0], **attrs)
