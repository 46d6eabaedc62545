"""What attrs does, small: a generated __init__ under a file name of its own, and the fields in __attrs_attrs__."""

from collections import namedtuple


class _Nothing:
    """No default."""


NOTHING = _Nothing()


class Factory:
    def __init__(self, factory):
        self.factory = factory
        self.takes_self = False


Attribute = namedtuple("Attribute", "name default converter")


def define(*fields, frozen=False):
    def decorate(cls):
        attributes = tuple(
            Attribute(*(field if isinstance(field, tuple) else (field, NOTHING)), None) for field in fields
        )
        space = {"NOTHING": NOTHING}
        parameters, lines = [], ["_inst_dict = self.__dict__"] if frozen else []
        for name, default, _ in attributes:
            store = f"_inst_dict['{name}'] = " if frozen else f"self.{name} = "
            if default is NOTHING:
                parameters.append(name)
                lines.append(store + name)
            elif isinstance(default, Factory):
                parameters.append(f"{name}=NOTHING")
                space[f"make_{name}"] = default.factory
                lines += [
                    f"if {name} is not NOTHING:",
                    f"    {store}{name}",
                    "else:",
                    f"    {store}make_{name}()",
                ]
            else:
                parameters.append(f"{name}=attr_dict['{name}']")
                space.setdefault("attr_dict", {})[name] = default
                lines.append(store + name)
        if hasattr(cls, "__attrs_post_init__"):
            lines.append("self.__attrs_post_init__()")
        source = f"def __init__(self, {', '.join(parameters)}):\n    " + "\n    ".join(lines)
        exec(compile(source, f"<attrs generated init {cls.__module__}.{cls.__qualname__}>", "exec"), space)
        cls.__init__ = space["__init__"]
        cls.__attrs_attrs__ = attributes
        return cls

    return decorate
