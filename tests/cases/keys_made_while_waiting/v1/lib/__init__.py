class Thing:
    def name(self):
        return "thing 1"


def work(step):
    return step()
