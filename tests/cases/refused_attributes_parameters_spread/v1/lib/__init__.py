class Base:
    def __init__(self, name, size=0):
        self.name = name
        self.size = size


class Sub(Base):
    def __init__(self, *args, **attrs):
        self.rest = args[1:]
        super().__init__(args[0], **attrs)
