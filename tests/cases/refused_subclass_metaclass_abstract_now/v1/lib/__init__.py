MADE = []


class Meta(type):
    def __new__(cls, name, bases, namespace):
        made = super().__new__(cls, name, bases, namespace)
        made.tag = "made by Meta"
        MADE.append(name)
        return made


class Base(metaclass=Meta):
    pass
