import uuid


class Link:
    pass


class Base:
    def __getstate__(self):
        return (self.name,)


class Login(Base):
    def __init__(self, name):
        self.name = name
        self._token = None

    def __setstate__(self, state):
        self._token = None
        (self.name,) = state

    def login(self, secret):
        if self._token is None:
            self._token = self.exchange(secret)

    def exchange(self, secret):
        return "1" + secret

    def send(self):
        if self._token is None:
            raise PermissionError(self.name)
        return self._token


class Connection(Base):
    def __init__(self, name):
        self.name = name
        self._link = None

    def __setstate__(self, state):
        self._link = None
        (self.name,) = state

    def link(self):
        if self._link is None:
            self._link = self.connect(1)
        return self._link

    def connect(self, n):
        return Link()


class Session(Base):
    def __init__(self, name):
        self.name = name
        self._id = None

    def __setstate__(self, state):
        self._id = None
        (self.name,) = state

    def id(self):
        if self._id is None:
            self._id = self.make("1")
        return self._id

    def make(self, prefix):
        return prefix + str(uuid.uuid4())


class Counter(Base):
    def __init__(self, name):
        self.name = name
        self._n = None

    def __setstate__(self, state):
        self._n = None
        (self.name,) = state

    def hit(self):
        self._n = (self._n or 0) + 1
        return self._n


class Last(Base):
    def __init__(self, name):
        self.name = name
        self._last = None

    def __setstate__(self, state):
        self._last = None
        (self.name,) = state

    def is_new(self, item):
        if self._last == item:
            return False
        self._last = item
        return True


class Given(Base):
    def __init__(self, name):
        self.name = name
        self._value = None

    def __setstate__(self, state):
        self._value = None
        (self.name,) = state

    def value(self):
        if self._value is None:
            self._value = str(len(self.name))
        return self._value

    def set(self, value):
        self._value = value


class Said(Base):
    """Says what it has computed in its state."""

    def __init__(self, name):
        self.name = name
        self._value = None

    def __getstate__(self):
        return (self.name, self._value)

    def __setstate__(self, state):
        self._value = None
        self.name, self._value = state

    def value(self):
        if self._value is None:
            self._value = str(len(self.name))
        return self._value


class Filled(Base):
    def __init__(self, name):
        self.name = name
        self._seen = None

    def __setstate__(self, state):
        self._seen = None
        (self.name,) = state

    def seen(self):
        if self._seen is None:
            self._seen = list(self.name)
        return self._seen

    def see(self, item):
        self.seen()
        self._seen.append(item)


class Loaded(Base):
    """Complains where it is not loaded, though it names what loads it."""

    def __init__(self, name):
        self.name = name
        self._table = None

    def __setstate__(self, state):
        self._table = None
        (self.name,) = state

    def load(self, again):
        if self._table is None or again:
            self._table = self.make("1")

    def make(self, text):
        return text + self.name

    def ask(self, again=False):
        if self._table is None:
            raise LookupError(self.name)
        if again:
            self.load(True)
        return self._table


class Sent(Base):
    """Complains, and names what only another class knows how to call."""

    def __init__(self, name):
        self.name = name
        self._line = None

    def __setstate__(self, state):
        self._line = None
        (self.name,) = state

    def open(self):
        if self._line is None:
            self._line = self.make("1")

    def make(self, text):
        return text + self.name

    def send(self):
        return watch.start and watch.check(self._line)


class Watch:
    def start(self, sent):
        sent.open()

    def check(self, line):
        return line


watch = Watch()
