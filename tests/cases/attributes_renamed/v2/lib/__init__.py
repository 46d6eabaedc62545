class Session:
    def __init__(self, user, limit):
        self.session = {}
        self.owner = user
        self.limit = limit

    def all(self):
        return self.session, self.owner, self.limit
