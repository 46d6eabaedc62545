import dataclasses


@dataclasses.dataclass
class Item:
    x: int
    title_text: str = "none"
    all_parts: list = dataclasses.field(default_factory=list)
    depth: int = 0
    timeout_read: float = 2.0

    def version(self):
        return 2
