class Meta(type):
    def __eq__(cls, other):
        return cls is other

    def __hash__(cls):
        return hash(cls.__name__) - 1
