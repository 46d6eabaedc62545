"""Generators of the old version, half-way through match and through a method of a member, go on with the new members."""

import threading

from lib import Step, follow

FRESH = False


def wait(begun, go, results, step):
    begun.set()
    go.wait(10)
    results.append((step, step is Step.ONE))


def hold():
    generator, walker, results = follow(Step.ONE), Step.ONE.walk(), []
    begun, go = threading.Event(), threading.Event()
    thread = threading.Thread(target=wait, args=(begun, go, results, Step.ONE))
    thread.start()
    begun.wait(10)
    return generator, next(generator), walker, next(walker), (thread, go, results)


def check(held):
    generator, first, walker, start, (thread, go, results) = held
    assert first == "first" and generator.send(Step.TWO) == "second" and generator.send(Step.ONE) == "first"
    assert start[1] is Step.ONE and next(walker)[1:] == (Step.ONE, Step.TWO) and Step.ONE.value == "a"
    generator.close()
    walker.close()
    go.set()
    thread.join(10)
    assert results == [(Step.ONE, True)]
