"""A function of the package asks for the plan and for the upgrade, while a generator of the package is suspended."""

import lib


def ask_for_a_plan():
    import midflight

    try:
        return midflight.plan().verdict
    except midflight.Error as error:
        return error


def run(upgrade):
    generator, instance = lib.generate(), lib.C()
    assert next(generator) in (1, 2)
    before = lib.ask, lib.C, lib.number
    assert lib.ask(ask_for_a_plan)[0] and before == (lib.ask, lib.C, lib.number)
    lib.ask(lambda: upgrade() or True)
    assert instance.m() == 2 and type(instance) is lib.C and list(generator) == [2] and lib.number() == 2
