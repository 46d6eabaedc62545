"""That a class leaves something out of pickles does not make it a cache: a login, a connection, a number that is made once, a count, what
was seen last, what somebody has set, what was put into it since. Nor is what its state does say one. All of it stays, though the new
version's methods are other ones."""

from left_out_of_pickles_and_kept import (
    Connection,
    Counter,
    Filled,
    Given,
    Last,
    Loaded,
    Login,
    Said,
    Sent,
    Session,
    watch,
)

FRESH = False


def hold():
    login, connection, session, counter = Login("a"), Connection("b"), Session("c"), Counter("d")
    last, given, said, filled = Last("e"), Given("f"), Said("g"), Filled("h")
    login.login("x")
    given.set("mine")
    filled.see("i")
    loaded, sent = Loaded("j"), Sent("k")
    loaded.load(False)
    watch.start(sent)
    assert counter.hit() == 1 and last.is_new(1) and said.value() == "1"
    return login, connection, connection.link(), session, session.id(), counter, last, given, said, filled, loaded, sent


def check(held):
    login, connection, link, session, number, counter, last, given, said, filled, loaded, sent = held
    assert login.send() == "1x" and connection.link() is link and session.id() == number
    assert counter.hit() == 2 and not last.is_new(1) and given.value() == "mine" and said.value() == "1"
    assert filled.seen() == ["h", "i"] and loaded.ask() == "1j" and sent.send() == "1k"
