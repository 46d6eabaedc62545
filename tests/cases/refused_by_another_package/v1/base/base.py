def quote(text):
    return f"'{text}'"


def safe(text):
    return text
