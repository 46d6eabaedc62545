class Spec:
    def __init__(self, options):
        self.options = options
        self.name = "spec"
        self.late = options.get("late")

    def all(self):
        return self.name, self.late


FIRST = Spec({"late": 1})
SECOND = Spec({"late": 1})
