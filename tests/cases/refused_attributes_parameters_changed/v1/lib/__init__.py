class Base:
    def __init__(self, name):
        self.name = name


class Sub(Base):
    def __init__(self, name, **attrs):
        super().__init__(name, **attrs)
