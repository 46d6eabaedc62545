def moved():
    return 2
