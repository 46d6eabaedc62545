import sys
import types


class Lazy(types.ModuleType):
    @property
    def LIMIT(self):
        return 2


sys.modules[__name__].__class__ = Lazy
