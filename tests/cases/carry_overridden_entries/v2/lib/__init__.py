def json(x):
    return "json2"


def text(x):
    return "text2"


def yaml(x):
    return "yaml2"


HANDLERS = {"json": json, "text": text, "yaml": yaml}
