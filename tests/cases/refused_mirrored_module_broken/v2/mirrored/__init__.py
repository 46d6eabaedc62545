import importlib
import importlib.machinery
import sys
import types


class Mirror:
    """Makes mirrored.x of real.x."""

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name.startswith("mirrored.") else None

    def create_module(self, spec):
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        import nobody_has_this  # noqa: F401

        real = importlib.import_module(module.__name__.replace("mirrored", "real"))
        module.words = real.words


finder = Mirror()
sys.meta_path.append(finder)
