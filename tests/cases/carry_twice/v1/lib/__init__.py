REG = {"own": 1}
COUNT = 0


def add(k):
    global COUNT
    COUNT += 1
    REG[k] = COUNT
