seen = {}


class Session:
    def __init__(self, leave):
        self.leave = leave
