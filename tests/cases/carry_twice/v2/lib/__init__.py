REG = {"own": 2, "second": 2}
COUNT = 0


def add(k):
    global COUNT
    COUNT += 1
    REG[k] = COUNT
