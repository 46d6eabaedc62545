class Plain:
    limit = 0

    def get(self):
        return self.limit

    def ask(self, more):
        return self.limit + more


class Other:
    pass
