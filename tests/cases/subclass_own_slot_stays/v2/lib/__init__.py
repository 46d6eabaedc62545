class Base:
    def __len__(self):
        return 2

    def __iter__(self):
        return iter("two")
