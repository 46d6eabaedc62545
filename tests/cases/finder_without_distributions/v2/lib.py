def answer():
    return 2
