import bus


def loaded():
    return 2


bus.CHANNELS["main"].listen("load", loaded)
