class C:
    def __init__(self, size):
        self._size = size * 2
        self.label = size + 1

    @property
    def size(self):
        return self._size

    class Inner:
        def __init__(self, size):
            self.size = size
            self.twice = size * 2

        @classmethod
        def of(cls, other):
            return other.twice
