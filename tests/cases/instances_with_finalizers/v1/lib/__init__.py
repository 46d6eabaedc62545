class Resource:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Resource.log.append((self.name, 1))
