class C:
    @classmethod
    def c(cls):
        return (cls.__name__, 2)

    @staticmethod
    def s():
        return 2
