def odd(n):
    from .a import even

    return "odd" if n == 0 else even(n - 1)
