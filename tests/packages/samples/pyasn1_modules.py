from pyasn1.codec.der import decoder, encoder
from pyasn1.type import univ
from pyasn1_modules import pem, rfc2314, rfc2459, rfc5208


class Named(rfc2459.Name):
    def first(self):
        return str(self[0][0][0]["type"])


def name(cls):
    value = rfc2459.AttributeTypeAndValue()
    value["type"] = rfc2459.id_at_commonName
    value["value"] = univ.Any(encoder.encode(rfc2459.X520name().setComponentByName("printableString", "me")))
    relative, sequence, made = rfc2459.RelativeDistinguishedName(), rfc2459.RDNSequence(), cls()
    relative[0], sequence[0] = value, relative
    made[0] = sequence
    return made


def key():
    made = rfc2459.SubjectPublicKeyInfo()
    made["algorithm"]["algorithm"] = rfc2459.rsaEncryption
    made["subjectPublicKey"] = "'0101'B"
    return made


def hold():
    subject = name(Named)
    data = encoder.encode(subject)
    decoded, _ = decoder.decode(data, asn1Spec=rfc2459.Name())
    assert encoder.encode(decoded) == data and subject.first() == "2.5.4.3"
    return (
        subject,
        data,
        decoded,
        key(),
        rfc5208.PrivateKeyInfo(),
        {rfc2459.id_at_commonName: "cn"},
        rfc2314.CertificationRequestInfo,
    )


def use(held):
    subject, data, decoded, public, private, table, request = held
    assert encoder.encode(decoded) == data == encoder.encode(name(rfc2459.Name)) and isinstance(subject, rfc2459.Name)
    assert (
        subject.first() == "2.5.4.3"
        and type(decoded[0]) is rfc2459.RDNSequence
        and request is rfc2314.CertificationRequestInfo
    )
    again, _ = decoder.decode(encoder.encode(public), asn1Spec=rfc2459.SubjectPublicKeyInfo())
    assert encoder.encode(again) == encoder.encode(public) and again["algorithm"]["algorithm"] == rfc2459.rsaEncryption
    assert table[univ.ObjectIdentifier("2.5.4.3")] == "cn" and not private.isValue
    private["version"] = 0
    assert isinstance(private["version"], univ.Integer) and pem.readBase64fromText is not None
