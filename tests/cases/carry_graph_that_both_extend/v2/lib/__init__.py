class Token:
    def __init__(self, name):
        self.name = name

    def sub(self, name):
        if name not in self.__dict__:
            setattr(self, name, Token(name))
        return getattr(self, name)


ROOT = Token("Root")
ROOT.sub("A").sub("Deep")
ROOT.sub("B")
