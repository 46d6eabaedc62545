import iniconfig


def hold():
    config = iniconfig.IniConfig("x.ini", data="[a]\nb = 1 # c\nd =\n  2\n  3\n[e]\n")
    return config, config["a"], iniconfig.ParseError


def use(held):
    config, section, error = held
    assert config["a"] is not None and section["b"].startswith("1") and section.get("d").split() == ["2", "3"]
    assert section.get("b", convert=lambda text: int(text[0])) == 1 and "e" in config and config.lineof("a") == 1
    assert [part.name for part in config] == ["a", "e"] and type(section) is iniconfig.SectionWrapper
    try:
        iniconfig.IniConfig("y.ini", data="[a\n")
    except error as raised:
        assert raised.lineno == 0
    else:
        raise AssertionError("no error")
