class Day:
    def __init__(self, number):
        self.number = number

    def shift(self, check=True, **units):
        return Day(self.number + units["days"])

    @classmethod
    def range(cls, number):
        day = cls(number)
        while True:
            yield day
            day = cls(day.number).shift(check=False, **{"days": 1})
