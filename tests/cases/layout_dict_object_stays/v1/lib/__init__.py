class Thing:
    __slots__ = ("a", "__dict__", "__weakref__")
