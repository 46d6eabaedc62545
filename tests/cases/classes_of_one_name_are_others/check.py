"""Classes that went away have the names of others that came, in other modules: they stay what they were."""

import lib

FRESH = False
KEPT = True  # the new version has only other things of these names


def hold():
    names = "Node", "State", "Span", "Options", "Error", "Reader", "Plugin"
    classes = tuple(vars(lib.parser)[name] for name in names)
    Node, State, Span, Options, Error, Reader, Plugin = classes

    class Mine(Node):
        pass

    return (
        classes,
        (Node("a"), Mine("b"), Span(1, 2), Options(True, 80), Reader(), Error("e"), Plugin(1)),
        Mine,
        State.STOP,
    )


def check(held):
    classes, instances, Mine, state = held
    node, mine, span, options, reader, error, plugin = instances
    bad = [c.__name__ for c in classes if c.__module__ != "lib.parser"]
    assert not bad, bad
    assert lib.network.NAME == "network v2"
    assert repr(node) == "parser a" and repr(mine) == "parser b" and repr(Mine("c")) == "parser c"
    assert span.last == 2 and options.width == 80 and state.value == "stop" and reader.read() == "v1"
    assert plugin.start() == "parser"
    assert not isinstance(lib.network.Error(), classes[4])
