import dataclasses


def start():
    return [2]


@dataclasses.dataclass
class Point:
    x: "int" = 0
    tags: list = dataclasses.field(default_factory=start, metadata={"doc": "names"})

    def norm(self):
        return 2
