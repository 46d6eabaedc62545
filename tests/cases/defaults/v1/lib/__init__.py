def f(a, b=1, *, k=1, gone=0):
    return (a, b, k)
