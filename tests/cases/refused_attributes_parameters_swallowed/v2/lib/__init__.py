class Base:
    def __init__(self, name, old=False):
        self.name = name
        self.old = old

    def read(self):
        return self.name, self.old


class Sub(Base):
    def __init__(self, name, **attrs):
        super().__init__(name, **attrs)
