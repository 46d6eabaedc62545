class E:
    A = 1
