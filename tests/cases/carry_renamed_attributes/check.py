"""What the program set on an object of the package is found under the attribute's new name."""

import lib

FRESH = False


def hold():
    lib.CONFIG.timeout = 5
    lib.CONFIG.hosts.append("mine")
    lib.SLOTTED.timeout = 6
    return lib.CONFIG, lib.CONFIG.hosts


def check(held):
    config, hosts = held
    assert config is lib.CONFIG and config.read_timeout == 5 and config.names is hosts == ["mine"] and config.plain == 1
    assert lib.SLOTTED.read_timeout == 6 and lib.UNTOUCHED.read_timeout == 30 and lib.UNTOUCHED.names == []
