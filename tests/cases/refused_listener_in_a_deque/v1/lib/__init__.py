import bus


def loaded():
    return 1


bus.CHANNELS["main"].listen("load", loaded)
