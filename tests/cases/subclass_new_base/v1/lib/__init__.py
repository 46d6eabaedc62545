class Extra:
    def extra(self):
        return 1


class Base:
    def m(self):
        return 1
