import tomlkit
import tomlkit.items


class Mine:
    pass


def encode(value):
    if isinstance(value, Mine):
        return tomlkit.string("mine")
    raise tomlkit.exceptions.ConvertError("no")


def hold():
    tomlkit.register_encoder(encode)
    document = tomlkit.parse("a = 1 # one\n[t]\nb = [1, 2]\nd = 2024-01-02\n")
    document["m"] = Mine()
    return document, tomlkit.table(), tomlkit.exceptions.ParseError, document["t"]["b"], tomlkit.inline_table()


def use(held):
    document, table, error, array, inline = held
    document["c"] = table
    table["d"] = "x"
    array.append(3)
    inline["k"] = Mine()
    table["i"] = inline
    plain = tomlkit.parse(tomlkit.dumps(document)).unwrap()
    assert plain["c"] == {"d": "x", "i": {"k": "mine"}} and plain["t"]["b"] == [1, 2, 3] and plain["m"] == "mine"
    assert "# one" in tomlkit.dumps(document) and type(array) is tomlkit.items.Array and document["a"] + 1 == 2
    tomlkit.unregister_encoder(encode)
    try:
        tomlkit.parse("= 1")
    except error:
        pass
    else:
        raise AssertionError("no error")
