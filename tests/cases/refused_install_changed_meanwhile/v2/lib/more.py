def name():
    return "v2"
