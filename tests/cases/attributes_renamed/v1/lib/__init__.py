class Session:
    def __init__(self, user, limit):
        self._session = {}
        self.user = user
        self.max_size = limit
