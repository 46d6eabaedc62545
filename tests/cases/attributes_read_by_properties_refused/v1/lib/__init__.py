class C:
    def __init__(self, size):
        self.size = size

    class Inner:
        def __init__(self, size):
            self.size = size
