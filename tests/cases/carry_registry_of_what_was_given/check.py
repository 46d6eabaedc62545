"""Row 7: what is made of an argument other than the key, in whatever way, was given by the caller: a registry, which stays."""

import lib

FRESH = False


def fill(name):
    lib.method(name, " X ")
    lib.formatted(name, "X")
    lib.called(name, "x ")
    lib.in_locals(name, " X")
    lib.in_parts(name + "= x")
    lib.keywords(name, x=1)
    lib.spread(name, "x ")
    lib.rest(name, "x", "y ")
    lib.tuples(name, "x ", "1 ")
    lib.aliases(name, "x ")
    lib.setdefault(name, "x ")
    lib.updated({name: "x "})
    lib.under(name, "x ")
    lib.defaulted(name, "x ")
    lib.listed("x ")
    lib.recent("x ")
    lib.looped({name: "x "})
    lib.either(name, "x ")
    lib.built(name, "x ")
    lib.comprehended(name, ["x "])
    lib.made(name, list)
    lib.nested("group", name, "x ")
    lib.helped(name, "x ")
    lib.REGISTRY.add(name, "x ")
    lib.Registry.share(name, "x ")
    lib.Registry.replace(" x ", name * 2)

    @lib.decorated("x ")
    @lib.named(name)
    def function():
        pass

    return lib.tables()


def hold():
    tables = fill("a")
    assert lib.set_up("x ") == "x" and lib.Registry.choose("x ") == "x"
    assert lib.add_to_closure("a", "x ") == {"a": "x"} and lib.add_to_default("a", "x ") == {"a": "x"}
    return tables, [repr(table) for table in tables]


def check(held, report):
    tables, before = held
    assert all(table is now for table, now in zip(tables, lib.tables(), strict=True))
    lost = [(was, table) for was, table in zip(before, tables, strict=True) if repr(table) != was]
    assert not lost, lost
    assert lib.set_up("y") == "x" and lib.Registry.choose("y") == "x"
    assert lib.add_to_closure("b", "y") == {"a": "x", "b": "y!"} and lib.add_to_default("b", "y")["a"] == "x"
    assert not report.notes and not report.conflicts
    fill("b")
    assert lib.CALLED == {"a": "x", "b": "x!"} and lib.LISTED == ["x", "x!"] and lib.NESTED["group"]["b"] == "x!"
