def f(x):
    return x + 2


f.mark = "v2"
f.table = {"f": f}
