FORMAT = 1


def load():
    return [FORMAT]
