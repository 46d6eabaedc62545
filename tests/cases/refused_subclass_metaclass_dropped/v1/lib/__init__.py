class Meta(type):
    def __new__(mcls, name, bases, namespace):
        namespace["tag"] = name
        return super().__new__(mcls, name, bases, namespace)


class Tagged(metaclass=Meta):
    pass
