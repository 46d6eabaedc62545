"""What the application put on members is on them afterwards; what the library computed once is computed anew."""

from lib import Bits, Level, Same


def hold():
    Level.LOW.colour = "green"
    Level.HIGH.handlers = [hold]
    Level.HIGH.title = "High!"
    Same.S.note = "s"
    assert Level.LOW.text and ~Bits.P is Bits.Q
    return Level.LOW, Level.HIGH, Same.S, Level.HIGH.handlers


def check(held):
    low, high, same, handlers = held
    assert low is Level.LOW and high is Level.HIGH and same is Same.S
    assert low.colour == "green" and low.title == "LOW" and low.text == "two 10"
    assert high.handlers is handlers and handlers == [hold] and high.title == "High!" and high.value == 20
    assert not hasattr(high, "colour") and same.note == "s"
    assert ~Bits.P is Bits.Q and (~Bits.P).value == 4
