class Extra:
    def extra(self):
        return 2


class Middle(Extra):
    def middle(self):
        return "middle"


class Base(Middle):
    def m(self):
        return 2
