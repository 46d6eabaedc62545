import idna
import idna.codec


def hold():
    assert idna.encode("königsgäßchen") == b"xn--knigsgchen-b4a3dun"
    return idna.encode, idna.decode, idna.IDNAError, idna.codec.IncrementalDecoder()


def use(held):
    encode, decode, error, decoder = held
    assert encode("bücher.example") == b"xn--bcher-kva.example" and decode("xn--bcher-kva.example") == "bücher.example"
    assert decoder.decode(b"xn--bcher-kva.example", True) == "bücher.example"
    try:
        encode("a" * 64)
    except error as raised:
        assert isinstance(raised, idna.IDNAError)
    else:
        raise AssertionError("no error")
