class Base:
    def __init__(self, items=(1, 2, 3)):
        self.items = list(items)

    def __enter__(self):
        return "entered"

    def __exit__(self, *exc):
        return True

    def __await__(self):
        return iter(())

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration
