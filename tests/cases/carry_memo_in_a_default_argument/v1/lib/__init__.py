def compute(x):
    return x * 2


def get(x, memo={}):
    if x not in memo:
        memo[x] = compute(x)
    return memo[x]


def sized(x, *, memo={}):
    try:
        return memo[x]
    except KeyError:
        found = memo[x] = len(str(x))
        return found


class Names:
    def of(self, x, _known={}):
        if x not in _known:
            _known[x] = f"{x}-one"
        return _known[x]


def same(x, memo={}):
    if x not in memo:
        memo[x] = [x]
        memo[x] = make(x)
    return memo[x]


def make(x):
    return [x]


def seen(x, so_far=[]):
    so_far.append(x)
    return len(so_far)


def charge(name, amount, accounts={}):
    if name not in accounts:
        accounts[name] = amount * 2
    return accounts[name]
