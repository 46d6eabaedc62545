import bus


def loaded():
    return 2


def saved():
    return 2


bus.CHANNELS["main"].listen("load", loaded)
bus.CHANNELS["main"].listen("save", saved)
