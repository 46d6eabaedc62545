import functools


class Page:
    def __init__(self, path):
        self.path = path

    @functools.cached_property
    def title(self):
        return "one"

    @functools.cached_property
    def parts(self):
        return self.path.split("/")

    @functools.cached_property
    def size(self):
        return len(self.path)
