seen = {0: True}


class Session:
    def __init__(self, leave):
        self.leave = leave

    def __upgrade__(self, change):
        self.leave()
        import sys; sys.stderr.write("HOOK\n")
