import io
import pickle

import rsa
import rsa.pkcs1


class Key(rsa.PrivateKey):
    """A key of the program."""

    def label(self):
        return f"{self.n.bit_length()} bits"


def hold():
    public, private = rsa.newkeys(512)
    own = Key(private.n, private.e, private.d, private.p, private.q)
    signed = rsa.sign(b"text", private, "SHA-256")
    assert rsa.verify(b"text", signed, public) == "SHA-256" and own == private
    return (
        public,
        private,
        own,
        signed,
        rsa.encrypt(b"secret", public),
        {public: "public"},
        pickle.dumps(private),
        rsa.VerificationError,
    )


def use(held):
    public, private, own, signed, secret, table, pickled, error = held
    assert type(public) is rsa.PublicKey and isinstance(own, rsa.PrivateKey) and own.label() == "512 bits"
    assert rsa.decrypt(secret, private) == b"secret" == rsa.decrypt(rsa.encrypt(b"secret", public), own)
    assert table[rsa.PublicKey(public.n, public.e)] == "public" and pickle.loads(pickled) == private
    assert (
        rsa.PublicKey.load_pkcs1(public.save_pkcs1()) == public
        and rsa.PrivateKey.load_pkcs1(private.save_pkcs1("DER"), "DER") == private
    )
    assert (
        rsa.verify(io.BytesIO(b"text"), signed, public) == "SHA-256"
        and rsa.find_signature_hash(signed, public) == "SHA-256"
    )
    assert rsa.sign_hash(rsa.compute_hash(b"text", "SHA-256"), private, "SHA-256") == signed
    for call, raised in (
        (lambda: rsa.verify(b"other", signed, public), error),
        (lambda: rsa.encrypt(b"x" * 100, public), OverflowError),
        (lambda: rsa.decrypt(b"\1" * 64, private), rsa.pkcs1.DecryptionError),
    ):
        try:
            call()
        except raised:
            continue
        raise AssertionError(raised)
