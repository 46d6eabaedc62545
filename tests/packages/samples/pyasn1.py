from pyasn1.codec.ber import encoder as ber
from pyasn1.codec.der import decoder, encoder
from pyasn1.codec.native import encoder as native
from pyasn1.error import PyAsn1Error
from pyasn1.type import char, constraint, namedtype, namedval, tag, univ


class Colour(univ.Integer):
    namedValues = namedval.NamedValues(("red", 0), ("blue", 1))


class Age(univ.Integer):
    subtypeSpec = constraint.ValueRangeConstraint(0, 150)


class Record(univ.Sequence):
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("id", univ.Integer()),
        namedtype.OptionalNamedType(
            "room", univ.Integer().subtype(implicitTag=tag.Tag(tag.tagClassContext, tag.tagFormatSimple, 0))
        ),
        namedtype.DefaultedNamedType("colour", Colour("blue")),
        namedtype.NamedType("names", univ.SequenceOf(componentType=char.UTF8String())),
    )


def record(number):
    made = Record()
    made["id"], made["room"] = number, 5
    made["names"].extend(["a", "ü"])
    return made


def hold():
    made = record(3)
    data = encoder.encode(made)
    decoded, rest = decoder.decode(data, asn1Spec=Record())
    assert not rest and encoder.encode(decoded) == data and decoded["room"] == 5
    return made, data, decoded, Record(), {univ.ObjectIdentifier("1.3.6"): "oid"}, Age(7), univ.noValue, PyAsn1Error


def use(held):
    made, data, decoded, schema, table, age, nothing, error = held
    assert encoder.encode(made) == data == ber.encode(decoded) and type(decoded) is Record and decoded["colour"] == 1
    again, _ = decoder.decode(data, asn1Spec=schema)
    assert (
        encoder.encode(again) == data and str(again["names"][1]) == "ü" and again["room"].tagSet == made["room"].tagSet
    )
    assert isinstance(made["names"], univ.SequenceOf) and table[univ.ObjectIdentifier((1, 3, 6))] == "oid"
    assert native.encode(record(4))["id"] == 4 and nothing is univ.noValue and not schema["id"].isValue
    for call in (
        lambda: age.clone(200),
        lambda: decoder.decode(b"\x30\x03\x02", asn1Spec=schema),
        lambda: Colour("green"),
    ):
        try:
            call()
        except error as raised:
            assert isinstance(raised, PyAsn1Error)
        else:
            raise AssertionError("no error")
