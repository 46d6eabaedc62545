FORMAT = 2


def load():
    return [FORMAT]
