class Parameter:
    def __init__(self, name, required=False, deprecated=False):
        self.name = name
        self.required = required
        self.deprecated = deprecated


class Argument(Parameter):
    def __init__(self, name, required=None, **attributes):
        if required is None:
            required = attributes.get("default") is None
        super().__init__(name, required=required, **attributes)
