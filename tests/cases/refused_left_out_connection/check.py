"""A connection that is made when it is needed, and left out of pickles, has an identity: a new one would not be in the same state."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    client = lib.Client("h")
    assert client.send("a") == 1
    return client


def check(held):
    assert held.send("b") == 2
