class A:
    def __init__(self):
        self._v = 3

    @property
    def v(self):
        return self._v
