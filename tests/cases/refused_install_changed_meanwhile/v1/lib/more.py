def name():
    return "v1"
