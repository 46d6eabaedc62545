class Base:
    __slots__ = ("base2", "__hidden", "base")

    def hide(self, value):
        self.__hidden = value

    def hidden(self):
        return self.__hidden


class Thing(Base):
    __slots__ = ("unset", "c", "a")
