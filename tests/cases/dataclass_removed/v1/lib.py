import dataclasses


@dataclasses.dataclass
class Gone:
    x: int
    y: int = 2


@dataclasses.dataclass
class Kept:
    a: str

    def answer(self):
        return 1
