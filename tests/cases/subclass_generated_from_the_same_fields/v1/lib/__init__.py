import dataclasses


def start():
    return [1]


@dataclasses.dataclass
class Point:
    x: int = 0
    tags: list = dataclasses.field(default_factory=start)

    def norm(self):
        return 1
