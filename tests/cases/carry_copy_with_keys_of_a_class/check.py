"""A program's dict whose keys equal the names of a table of defaults: whether it is a copy is not asked of their code."""

import lib

asked = []


class Name:
    def __init__(self, text):
        self.text = text

    def __hash__(self):
        return hash(self.text)

    def __eq__(self, other):
        asked.append(other)
        return self.text == (other.text if isinstance(other, Name) else other)


def hold():
    names = {Name(text): None for text in lib.App.defaults}
    app = lib.App()
    asked.clear()
    return app, names, len(names)


def check(held):
    app, names, size = held
    assert asked == [] and len(names) == size
    assert app.limit() == 500
