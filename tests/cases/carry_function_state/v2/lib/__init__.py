def count():
    count.calls += 1
    return ("v2", count.calls)


count.calls = 0
count.limit = 2


def remember(x, seen=[]):
    seen.append(("v2", x))
    return seen


def make():
    n = 0
    log = []

    def step():
        nonlocal n
        n += 1
        log.append(n)
        return ("v2", n)

    step.log = log
    return step


step = make()
