import enum


class Step(enum.Enum):
    ONE = "a"
    TWO = "b"
    THREE = "c"

    def walk(self):
        yield "two", self
        yield "two", self, Step.TWO


def follow(step):
    while True:
        match step:
            case Step.ONE:
                step = yield "first"
            case Step.TWO:
                step = yield "second"
            case Step.THREE:
                step = yield "third"
            case _:
                return
