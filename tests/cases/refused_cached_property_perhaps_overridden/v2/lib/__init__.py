import functools

LOG = []


class Page:
    @functools.cached_property
    def title(self):
        LOG.append("title")
        return "two"
