import sys
import types
from importlib.machinery import ModuleSpec


class Finder:
    """Makes submodules that have no files."""

    made = []

    def find_spec(self, name, path, target=None):
        return ModuleSpec(name, self) if name.startswith("lib.made_") else None

    def create_module(self, spec):
        self.made.append(spec.name)
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        module.VERSION = 2
        module.finder = self


finder = Finder()
sys.meta_path.append(finder)

import lib.made_early  # noqa: E402
