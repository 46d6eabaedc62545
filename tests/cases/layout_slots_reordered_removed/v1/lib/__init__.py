class Base:
    __slots__ = ("base", "__hidden")

    def hide(self, value):
        self.__hidden = value

    def hidden(self):
        return self.__hidden


class Thing(Base):
    __slots__ = ("a", "b", "c", "unset")
