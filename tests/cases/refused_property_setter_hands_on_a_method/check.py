"""Setters that change what they were not given by way of something else, which they hand a method to: none is run before
the flip."""

import midflight

import lib


def run(upgrade):
    held = [kind(3) for kind in lib.CLASSES]
    assert upgrade() is None
    plan = midflight.plan("refused-property-setter-hands-on-a-method")
    assert {reason.code for reason in plan.reasons} == {"attributes-added"}
    assert {reason.symbol for reason in plan.reasons} == {type(instance).__name__ for instance in held}
    for instance in held:
        assert instance.history == [] and not instance.counter and instance.x == 3, type(instance)


EXPECT = "refused:attributes-added"
FRESH = False
