"""What moves to a name that is no longer private is not made anew beside it: instances that get another memory layout have
their values still."""

from attributes_private_no_longer_in_another_layout import Counter, One, Plain


def hold():
    plain, one, counter = Plain(1), One(), Counter()
    plain.put(1, 2)
    one.put(1, 2)
    counter.bump()
    return plain, one, counter


def check(held):
    plain, one, counter = held
    assert (plain.count(), one.count(), counter.now()) == (2, 1, 1)
