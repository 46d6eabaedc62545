import datetime


def clean(text, drop=","):
    parts = [part.strip() for part in text.split(drop)]
    return ";".join([part for part in parts if part])


class A:
    def __init__(self, x):
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = datetime.timedelta(seconds=value)


class List(A):
    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        found = []
        for item in value:
            found.append(item * 2)
        self._x = tuple(sorted(found, key=lambda item: -item))


class Table(A):
    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        table = {}
        for key in value:
            table[str(key)] = value.get(key, 0)
        table["n"] = len(table)
        self._x = table or None


class Text(A):
    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        if not isinstance(value, str):
            raise TypeError(f"no text: {value!r}")
        self._x = clean(value)


class Helped(A):
    @property
    def x(self):
        return self._x

    def _check(self, value):
        if value < 0:
            raise ValueError("negative")
        return value

    @x.setter
    def x(self, value):
        self._x = self._check(max(value, 1)) + 1


class Counted(A):
    changes = 0

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self.changes = self.changes + 1
        self._x = f"{value:>3}"
