import dataclasses


@dataclasses.dataclass
class Item:
    x: int
    title: str = "none"
    parts: list = dataclasses.field(default_factory=list)
    level: int = 0
    timeout: float = 1.0

    def version(self):
        return 1
