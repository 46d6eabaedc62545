class Thing:
    def answer(self):
        return 1


class Gone:
    def answer(self):
        return 1
