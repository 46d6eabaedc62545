class Base:
    def __init__(self, name, size=0, old=False):
        self.name = name
        self.size = size
        self.old = old

    def read(self):
        return self.name, self.size, self.old


class Sub(Base):
    def __init__(self, *args, **attrs):
        self.rest = ()
        super().__init__(*args, **attrs)
