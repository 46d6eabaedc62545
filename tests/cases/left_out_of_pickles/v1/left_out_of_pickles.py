class Version:
    def __init__(self, text):
        self.parts = tuple(int(part) for part in text.split("."))

    def __eq__(self, other):
        return isinstance(other, Version) and self.parts == other.parts

    def __hash__(self):
        return hash(self.parts)


class Spec:
    __slots__ = ("_ranges", "_text", "_version")

    def __init__(self, text):
        self._text = text
        self._version = None
        self._ranges = None

    def __getstate__(self):
        return (self._text,)

    def __setstate__(self, state):
        self._version = None
        self._ranges = None
        (self._text,) = state

    def version_of(self, text):
        if self._version is not None and self._version[0] == text:
            return self._version[1]
        version = Version(text)
        self._version = (text, version)
        return version

    def ranges(self):
        if self._ranges is not None:
            return self._ranges
        self._ranges = [(self.version_of(self._text), True)]
        return self._ranges

    def __eq__(self, other):
        return isinstance(other, Spec) and self._text == other._text

    def __hash__(self):
        return hash(self._text)


class Index:
    """The new version does not have it."""

    def __init__(self, specs):
        self.specs = specs


class Specs:
    def __init__(self, text):
        self._specs = tuple(Spec(part) for part in text.split(","))
        self._resolved = None
        self._index = None

    def __getstate__(self):
        return self._specs

    def __setstate__(self, state):
        self._resolved = None
        self._index = None
        self._specs = state

    def resolve(self):
        if self._resolved is None:
            self._resolved = [(spec.ranges, spec._text) for spec in self._specs]
        return self._resolved

    def index(self):
        found = self._index
        if found is None:
            found = self._index = self.make_index()
        return found

    def make_index(self):
        return Index(self._specs)

    def size(self):
        return len(self.index().specs)
