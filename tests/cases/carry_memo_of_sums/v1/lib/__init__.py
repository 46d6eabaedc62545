MEMO = {}


def fib(n):
    if n not in MEMO:
        MEMO[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
    return MEMO[n]


def count(name, counts={}):
    counts[name] = counts.get(name, 0) + 1
    return counts[name]
