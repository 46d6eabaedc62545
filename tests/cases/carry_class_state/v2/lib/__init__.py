class Base:
    instances = 0
    registry = {}
    order = []

    def __init_subclass__(cls):
        Base.registry[cls.__name__] = cls
        Base.order.append(cls)

    def __init__(self):
        Base.instances += 1

    def v(self):
        return 2


class Own(Base):
    pass


class Second(Base):
    pass
