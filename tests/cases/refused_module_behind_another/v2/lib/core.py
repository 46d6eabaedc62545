import sys
import types


class Deprecations(types.ModuleType):
    def __init__(self, module):
        super().__init__(module.__name__)
        self.__dict__["_module"] = module

    def __getattr__(self, name):
        return getattr(self._module, name)


class Thing:
    def answer(self):
        return 2


def make():
    return Thing()


sys.modules[__name__] = Deprecations(sys.modules[__name__])
