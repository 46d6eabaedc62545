class Thing:
    @staticmethod
    def to_static(value="nothing"):
        return f"static, {value}"

    @classmethod
    def to_class(cls):
        return f"class of {cls.__name__}"

    def from_class(self):
        return f"method of {type(self).__name__}"

    @staticmethod
    def class_to_static():
        return "static"

    def from_static(self):
        return f"method of {type(self).__name__}"

    @classmethod
    def static_to_class(cls):
        return f"class of {cls.__name__}"

    @property
    def to_property(self):
        return "property"


def work(value, again):
    return value
