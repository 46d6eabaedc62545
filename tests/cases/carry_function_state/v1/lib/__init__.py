def count():
    count.calls += 1
    return count.calls


count.calls = 0
count.limit = 1


def remember(x, seen=[]):
    seen.append(x)
    return seen


def make():
    n = 0
    log = []

    def step():
        nonlocal n
        n += 1
        log.append(n)
        return n

    step.log = log
    return step


step = make()
