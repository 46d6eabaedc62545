from dataclasses import dataclass, field


@dataclass(slots=True)
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list)

    def shifted(self):
        return type(self)(self.x + 1, self.y)
