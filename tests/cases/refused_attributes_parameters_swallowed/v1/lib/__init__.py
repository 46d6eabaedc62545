class Base:
    def __init__(self, name):
        self.name = name


class Sub(Base):
    def __init__(self, name, **attrs):
        attrs.pop("old", None)
        super().__init__(name, **attrs)
