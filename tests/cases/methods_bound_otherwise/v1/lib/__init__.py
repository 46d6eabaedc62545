class Thing:
    def to_static(self):
        return "method"

    def to_class(self):
        return "method"

    @classmethod
    def from_class(cls):
        return "class"

    @classmethod
    def class_to_static(cls):
        return "class"

    @staticmethod
    def from_static():
        return "static"

    @staticmethod
    def static_to_class():
        return "static"

    def to_property(self):
        return "method"


def work(value, again):
    return value
