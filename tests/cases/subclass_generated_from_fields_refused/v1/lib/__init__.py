import dataclasses


@dataclasses.dataclass
class Point:
    x: int = 0
