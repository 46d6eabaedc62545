LIMIT = 1


def moved():
    return 1


def gone_from_sub():
    return 1
