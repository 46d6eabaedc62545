def compute(x):
    return x * 3


def get(x, memo={}):
    if x not in memo:
        memo[x] = compute(x)
    return memo[x]


def sized(x, *, memo={}):
    try:
        return memo[x]
    except KeyError:
        found = memo[x] = len(str(x)) + 10
        return found


class Names:
    def of(self, x, _known={}):
        if x not in _known:
            _known[x] = f"{x}-two"
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
    return "seen", len(so_far)


def charge(name, amount, accounts={}):
    if name not in accounts:
        accounts[name] = amount * 3
    return accounts[name]
