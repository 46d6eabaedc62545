class C:
    def __init__(self):
        self.__dict__["data"] = {}

    def __getattr__(self, name):
        try:
            return self.__dict__["data"][name]
        except KeyError:
            raise AttributeError(name) from None
