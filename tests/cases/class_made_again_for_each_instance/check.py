"""A class makes one of its own for each instance, by a decorator that gives it slots: instances at one place go on with
the program's values, the new code, and what the new version adds."""

import lib


def hold():
    lib.config.depth = 3
    lib.config.priorities.first.append("own")
    return lib.config, lib.config.priorities, lib.quiet


def check(held):
    config, priorities, quiet = held
    assert config is lib.config and config.priorities is priorities and quiet is lib.quiet
    assert config.depth == 3 and quiet.depth == 6 and type(config).made_from is lib.Settings
    assert config.kind() == "settings 2" and priorities.kind() == "priorities 2" and quiet.version() == 2
    assert priorities.first == ["own"] and priorities.second == []
    assert quiet.priorities.first == ["a"] and quiet.priorities.second == ["b"]
