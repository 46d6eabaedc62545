import enum
import typing


class Kind(enum.IntEnum):
    PLAIN = 1
    BRIGHT = 2


class Color(typing.NamedTuple):
    name: str
    kind: Kind


class Style:
    def __init__(self, color, bold=False):
        self.color, self.bold, self.kept = color, bold, None

    def __eq__(self, other):
        return isinstance(other, Style) and hash(self) == hash(other)

    def __hash__(self):
        if self.kept is None:
            parts = self.color, self.bold
            self.kept = hash(parts)
        return self.kept


RED = Style(Color("red", Kind.PLAIN))
NAMES = {RED: "red", Style(Color("green", Kind.BRIGHT)): "green"}
