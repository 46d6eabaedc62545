class Thing:
    def name(self):
        return "thing 2"


def work(step):
    result = step()
    return result
