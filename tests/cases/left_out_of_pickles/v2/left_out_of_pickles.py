class Version:
    def __init__(self, text):
        self.parts = tuple(int(part) for part in text.split("."))

    def __eq__(self, other):
        return isinstance(other, Version) and self.parts == other.parts

    def __hash__(self):
        return hash(self.parts)


class Spec:
    __slots__ = ("_canonical", "_ranges", "_text", "_version")

    def __init__(self, text):
        self._text = text
        self._version = None
        self._ranges = None
        self._canonical = None

    def __getstate__(self):
        return (self._text,)

    def __setstate__(self, state):
        self._version = None
        self._ranges = None
        self._canonical = None
        (self._text,) = state

    def version(self):
        if (cached := self._version) is not None:
            return cached
        self._version = Version(self._text)
        return self._version

    def ranges(self):
        if self._ranges is not None:
            return self._ranges
        self._ranges = (self.version(), "included")
        return self._ranges

    @property
    def canonical(self):
        if self._canonical is None:
            parts = self.version().parts
            while parts[-1] == 0:
                parts = parts[:-1]
            self._canonical = tuple(parts)
        return self._canonical

    def __eq__(self, other):
        return isinstance(other, Spec) and self.canonical == other.canonical

    def __hash__(self):
        return hash(self.canonical)


class Specs:
    def __init__(self, text):
        self._specs = tuple(Spec(part) for part in text.split(","))
        self._bounds = None
        self._index = None

    def __getstate__(self):
        return self._specs

    def __setstate__(self, state):
        self._bounds = None
        self._index = None
        self._specs = state

    def bounds(self):
        if self._bounds is None:
            self._bounds = {spec.canonical: spec.ranges() for spec in self._specs}
        return self._bounds

    def index(self):
        found = self._index
        if found is None:
            found = self._index = self.make_index()
        return found

    def make_index(self):
        return {spec.canonical: spec for spec in self._specs}

    def size(self):
        return len(self.index())
