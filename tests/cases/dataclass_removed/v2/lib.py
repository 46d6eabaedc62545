import dataclasses


@dataclasses.dataclass
class Kept:
    a: str

    def answer(self):
        return 2
