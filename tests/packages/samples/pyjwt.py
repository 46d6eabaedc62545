import datetime

import jwt
import jwt.algorithms
import jwt.api_jws

KEY = "k" * 64


class Plain(jwt.algorithms.Algorithm):
    """An algorithm of the program."""

    def prepare_key(self, key):
        return b""

    def sign(self, msg, key):
        return b"signed"

    def verify(self, msg, key, sig):
        return sig == b"signed"

    @staticmethod
    def to_jwk(key_obj, as_dict=False):
        raise NotImplementedError

    @staticmethod
    def from_jwk(jwk):
        raise NotImplementedError


def hold():
    jwt.register_algorithm("MF", Plain())
    token = jwt.encode(
        {"sub": "me", "exp": datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)}, KEY, "HS256"
    )
    assert jwt.decode(token, KEY, ["HS256"])["sub"] == "me"
    return (
        token,
        jwt.encode({"a": 1}, "", "MF"),
        jwt.PyJWT(),
        jwt.api_jws.PyJWS(["HS256", "HS512"]),
        jwt.decode,
        jwt.ExpiredSignatureError,
    )


def use(held):
    token, own, coder, signer, decode, expired = held
    assert decode(token, KEY, algorithms=["HS256"])["sub"] == "me" and decode(own, "", ["MF"]) == {"a": 1}
    assert coder.decode(coder.encode({"b": 2}, KEY, "HS512"), KEY, ["HS512"]) == {"b": 2} and decode is jwt.decode
    assert signer.decode(signer.encode(b"data", KEY, "HS512"), KEY, ["HS512"]) == b"data"
    assert jwt.get_unverified_header(token)["alg"] == "HS256" and "HS384" not in signer.get_algorithms()
    try:
        decode(jwt.encode({"exp": 1}, KEY, "HS256"), KEY, ["HS256"])
    except expired as error:
        assert isinstance(error, jwt.InvalidTokenError)
    else:
        raise AssertionError("no error")
    jwt.unregister_algorithm("MF")
