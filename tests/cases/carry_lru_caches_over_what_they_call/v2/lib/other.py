def _f(x):
    return 2


alias = _f
