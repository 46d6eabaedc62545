import dataclasses


@dataclasses.dataclass
class Point:
    x: int = 0
    tags: list = dataclasses.field(default_factory=list)

    def count(self):
        return len(self.tags)
