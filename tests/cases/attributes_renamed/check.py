"""An attribute that went and one that came with the same expression are one: its value moves, arguments or not."""

import lib


def hold():
    session = lib.Session("me", 3)
    getattr(session, "_session", session.__dict__.get("session"))["k"] = "v"
    return session


def check(held):
    assert held.all() == ({"k": "v"}, "me", 3)
    assert held._session is held.session if hasattr(held, "_session") else True
