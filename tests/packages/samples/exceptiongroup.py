import exceptiongroup


class Failures(exceptiongroup.ExceptionGroup):
    """A group of the program."""

    def derive(self, excs):
        return Failures(self.message, excs)


seen = []


def note(group):
    seen.extend(group.exceptions)


def handlers():
    return exceptiongroup.catch({ValueError: note, (KeyError, OSError): note})


def hold():
    with handlers():
        raise exceptiongroup.ExceptionGroup("several", [ValueError(1), KeyError(2)])
    assert [type(error) for error in seen] == [ValueError, KeyError]
    group = Failures("own", [ValueError(3), exceptiongroup.ExceptionGroup("inner", [TypeError(4)])])
    return group, handlers(), exceptiongroup.catch, exceptiongroup.BaseExceptionGroup


def use(held):
    group, catcher, catch, base = held
    matching, rest = group.split(TypeError)
    assert type(matching) is Failures and isinstance(rest, base) and base is exceptiongroup.BaseExceptionGroup
    with catcher:
        raise OSError(5)
    assert type(seen[-1]) is OSError and type(catcher) is type(handlers()) and catch is exceptiongroup.catch
    text = "".join(exceptiongroup.format_exception(group))
    assert "own (2 sub-exceptions)" in text, text
    assert "TypeError: 4" in text, text
    try:
        with handlers():
            raise exceptiongroup.ExceptionGroup("left", [ValueError(6), RuntimeError(7)])
    except exceptiongroup.ExceptionGroup as left:
        assert [type(error) for error in left.exceptions] == [RuntimeError] and seen[-1].args == (6,)
    else:
        raise AssertionError("no error")
    try:
        exceptiongroup.catch({"no class": note})
    except TypeError:
        pass
    else:
        raise AssertionError("no error")
