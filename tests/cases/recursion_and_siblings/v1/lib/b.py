def odd(n):
    from .a import even

    return False if n == 0 else even(n - 1)
