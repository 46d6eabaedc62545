import enum


class Step(enum.Enum):
    ONE = 1
    TWO = 2

    def walk(self):
        yield "one", self
        yield "one", self, Step.TWO


def follow(step):
    while True:
        match step:
            case Step.ONE:
                step = yield "first"
            case Step.TWO:
                step = yield "second"
            case _:
                return
