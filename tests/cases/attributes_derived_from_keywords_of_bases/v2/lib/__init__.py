import inspect
import os


def label(deprecated):
    return os.environ.get("LABEL", "old") + f": {deprecated}"


class Parameter:
    def __init__(self, name, required=False, deprecated=False):
        self.name = name
        self.required = required
        self.deprecated = deprecated


class Argument(Parameter):
    def __init__(self, name, required=None, help=None, **attributes):
        if required is None:
            required = attributes.get("default") is None
        deprecated = attributes.get("deprecated", False)
        if help:
            help = inspect.cleandoc(help)
        if deprecated:
            text = label(deprecated)
            help = f"{help} {text}" if help else text
        self.help = help
        super().__init__(name, required=required, **attributes)

    def all(self):
        return self.name, self.help
