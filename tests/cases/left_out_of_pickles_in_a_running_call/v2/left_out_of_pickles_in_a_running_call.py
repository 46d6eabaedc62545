def make(text):
    return (text,)


def wait(event, entered):
    entered.set()
    event.wait()


class Spec:
    def __init__(self, text):
        self._text = text
        self._ranges = None

    def __getstate__(self):
        return (self._text,)

    def __setstate__(self, state):
        self._ranges = None
        (self._text,) = state

    def ranges(self):
        if self._ranges is None:
            self._ranges = make(self._text)
        return self._ranges

    def contains(self, parse):
        self.ranges()
        value = parse()
        return value in self._ranges
