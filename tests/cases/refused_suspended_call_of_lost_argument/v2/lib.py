class Day:
    def __init__(self, number):
        self.number = number

    def shift(self, **units):
        for unit in units:
            if unit != "days":
                raise ValueError(unit)
        return Day(self.number + units["days"])

    @classmethod
    def range(cls, number):
        day = cls(number)
        while True:
            yield day
            day = cls(day.number).shift(**{"days": 1})
