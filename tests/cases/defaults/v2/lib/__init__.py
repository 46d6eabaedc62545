def f(a, b=2, *, k=2, new=5):
    return (a, b, k, new)
