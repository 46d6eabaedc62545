"""What the application's subclass defines or forbids itself is not touched by what its base gains or loses."""

import lib


class App(lib.Base):
    __iter__ = None

    def __call__(self):
        return "mine"


class Long(lib.Base):
    def __len__(self):
        return super().__len__() + 100


def hold():
    return App(), Long()


def check(held):
    app, long = held
    assert len(app) == 2 and app() == "mine" and len(long) == 102
    assert not callable(long) and list(long) == ["t", "w", "o"]
    try:
        iter(app)
    except TypeError:
        return
    raise AssertionError("App forbids iteration")
