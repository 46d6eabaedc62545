class C:
    def __init__(self):
        self._n = 0
