class Plain:
    def m(self):
        return 1


