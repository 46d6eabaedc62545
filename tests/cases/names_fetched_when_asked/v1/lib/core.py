def run():
    return 1


class Scope:
    def answer(self):
        return 1
