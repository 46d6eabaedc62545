def show(text):
    from base import quote

    return quote(text)
