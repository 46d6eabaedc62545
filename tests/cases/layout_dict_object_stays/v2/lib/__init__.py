class Thing:
    __slots__ = ("b", "__dict__")
