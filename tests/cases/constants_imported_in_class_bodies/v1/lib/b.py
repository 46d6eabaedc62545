class B:
    from .a import LIMIT

    def limit(self):
        return self.LIMIT
