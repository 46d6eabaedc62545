def f(x):
    return x + 1


f.mark = "v1"
f.table = {"f": f}
