class Spec:
    def __init__(self, options):
        self.options = options
        self.name = "spec"


FIRST = Spec({"late": 1})
SECOND = Spec({"late": 1})
