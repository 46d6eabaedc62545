class opened:
    def __enter__(self):
        return 2

    def __exit__(self, *details):
        return False
