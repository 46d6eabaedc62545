class C:
    @classmethod
    def c(cls):
        return (cls.__name__, 1)

    @staticmethod
    def s():
        return 1
