"""What a class of the package has answered about the program's classes belongs to the old version; what was registered stays."""

import lib


class OnlyRuns:
    def run(self):
        pass


class RunsAndStops(OnlyRuns):
    def stop(self):
        pass


class Mine:
    pass


def hold():
    lib.Number.register(Mine)
    assert isinstance(OnlyRuns(), lib.Runs) or lib.Runs.stop
    isinstance(1.5, lib.Number)
    return lib.Runs, lib.Number


def check(held):
    runs, number = held
    assert not isinstance(OnlyRuns(), runs)
    assert isinstance(RunsAndStops(), runs)
    assert [isinstance(v, number) for v in (1, 1.5, Mine(), "")] == [True, True, True, False]
