"""Tuples with names, for what midflight tells: importing collections for them would take longer than all of midflight."""

from _collections import _tuplegetter


class Record(tuple):
    """A tuple of a fixed number of values, each with a name: what collections.namedtuple makes."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __init_subclass__(cls):
        cls.__match_args__ = cls._fields
        for index, name in enumerate(cls._fields):
            setattr(cls, name, _tuplegetter(index, name))

    def __new__(cls, *values, **named):
        fields = cls._fields
        missing = fields[len(values) :]
        if len(values) > len(fields) or named.keys() != set(missing):
            raise TypeError(f"{cls.__name__} takes {', '.join(fields)}, each once")
        return tuple.__new__(cls, (*values, *(named[name] for name in missing)))

    def __getnewargs__(self):
        return tuple(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

    def _asdict(self) -> dict:
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, **named):
        return type(self)(**{**self._asdict(), **named})
