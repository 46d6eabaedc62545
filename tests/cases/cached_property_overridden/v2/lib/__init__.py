import functools


class Page:
    def __init__(self, path):
        self.path = path

    @functools.cached_property
    def title(self):
        return "two"

    @functools.cached_property
    def parts(self):
        return self.path.split("/")[1:]

    @functools.cached_property
    def size(self):
        return len(self.path) + 1
