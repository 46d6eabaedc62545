"""A method is about to be called: it lies on the stack beside its instance, and its class binds it otherwise now.

The call that has begun so goes to the old code, in the new world; the next one to the new.
"""

import lib


def suspended(thing):
    return thing.to_static((yield "begun")), thing.to_static()


def hold():
    generator = suspended(lib.Thing())
    next(generator)
    return generator


def check(generator):
    try:
        generator.send("sent")
    except StopIteration as end:
        assert end.value == ("method, sent", "static, nothing"), end.value
    else:
        raise AssertionError("the generator went on")


FRESH = False
