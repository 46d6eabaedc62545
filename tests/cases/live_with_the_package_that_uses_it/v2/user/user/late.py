def show(text):
    from base import safe

    return safe(text)
