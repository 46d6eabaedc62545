import weakref

ALL = weakref.WeakSet()
DATA = weakref.WeakKeyDictionary()
NAMES = weakref.WeakValueDictionary()


class Base:
    def __init_subclass__(cls):
        ALL.add(cls)
        DATA[cls] = cls.__name__
        NAMES[cls.__name__] = cls


class A(Base):
    pass
