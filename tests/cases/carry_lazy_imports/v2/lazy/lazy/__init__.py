import importlib


class Lazy:
    """Stands for a module until it is asked for something; then puts it into its own place."""

    def __init__(self, name, namespace):
        self.name, self.namespace, self.found = name, namespace, ()

    def __getattr__(self, attribute):
        module = importlib.import_module(self.name)
        self.found = (module,)
        for name, value in list(self.namespace.items()):
            if value is self:
                self.namespace[name] = module
        return getattr(module, attribute)


class Client:
    def __init__(self, inner):
        self.inner = inner
