import sys


class Plain:
    bound = 0

    def get(self):
        return self.bound

    def ask(self, more):
        return self.bound + more


class Other:
    def __upgrade__(self, change):
        sys.modules["application"].change_back()
