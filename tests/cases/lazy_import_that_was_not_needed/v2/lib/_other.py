class Gone:
    def answer(self):
        return 2
