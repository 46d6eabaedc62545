def json(x):
    return "json1"


def text(x):
    return "text1"


HANDLERS = {"json": json, "text": text}
