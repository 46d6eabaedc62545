class C:
    def __init__(self):
        self.__dict__["data"] = {}
        self.added = 1

    def __setattr__(self, name, value):
        self.data[name] = value

    def __getattr__(self, name):
        try:
            return self.__dict__["data"][name]
        except KeyError:
            raise AttributeError(name) from None

    def get(self):
        return self.added
