import datetime
import json

import google.auth
import google.auth.credentials
import google.auth.crypt
import google.auth.exceptions
import google.auth.jwt
import google.auth.transport.requests
import google.oauth2.credentials
import google.oauth2.service_account
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class Own(google.auth.credentials.Credentials):
    """Credentials of the program."""

    def __init__(self):
        super().__init__()
        self.refreshed = 0

    def refresh(self, request):
        self.refreshed += 1
        self.token = f"token{self.refreshed}"
        self.expiry = datetime.datetime.utcnow() + datetime.timedelta(hours=1)


class Response:
    def __init__(self, status, data):
        self.status, self.data, self.headers = status, json.dumps(data).encode(), {}


def transport(url, method="GET", body=None, headers=None, **options):
    """Answers without a network: a token for each kind of grant."""
    if b"refresh_token=revoked" in (body or b""):
        return Response(400, {"error": "invalid_grant", "error_description": "revoked"})
    return Response(200, {"access_token": "granted", "expires_in": 3600, "token_type": "Bearer"})


def key():
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def hold():
    info = {
        "client_email": "me@h.test",
        "private_key": key(),
        "private_key_id": "1",
        "token_uri": "https://h.test/token",
        "type": "service_account",
    }
    own = Own()
    headers = {}
    own.before_request(transport, "GET", "https://h.test/", headers)
    assert headers["authorization"] == "Bearer token1" and own.valid
    service = google.oauth2.service_account.Credentials.from_service_account_info(info, scopes=["a"])
    service.refresh(transport)
    user = google.oauth2.credentials.Credentials(
        None, refresh_token="r", token_uri="https://h.test/token", client_id="i", client_secret="s"
    )
    signer = google.auth.crypt.RSASigner.from_service_account_info(info)
    signed = google.auth.jwt.Credentials.from_service_account_info(info, audience="https://h.test")
    session = google.auth.transport.requests.AuthorizedSession(own)
    return own, service, user, signer, signed, session, google.auth.exceptions.RefreshError, info


def use(held):
    own, service, user, signer, signed, session, error, info = held
    headers = {}
    own.before_request(transport, "GET", "https://h.test/", headers)
    assert (
        headers["authorization"] == "Bearer token1"
        and own.refreshed == 1
        and isinstance(own, google.auth.credentials.Credentials)
    )
    assert (
        service.token == "granted"
        and service.with_scopes(["b"]).scopes == ["b"]
        and service.service_account_email == "me@h.test"
    )
    user.refresh(transport)
    assert user.token == "granted" and user.valid and json.loads(user.to_json())["refresh_token"] == "r"
    token = google.auth.jwt.encode(signer, {"aud": "x", "iat": 1, "exp": 2})
    assert google.auth.jwt.decode(token, verify=False)["aud"] == "x" and signer.key_id == "1"
    signed.before_request(None, "GET", "https://h.test/y?z", headers)
    assert google.auth.jwt.decode(headers["authorization"].split()[1], verify=False)["aud"] == "https://h.test"
    assert isinstance(session, requests.Session) and session.credentials is own
    for call, raised in (
        (
            lambda: google.oauth2.credentials.Credentials(
                None, refresh_token="revoked", token_uri="https://h.test/", client_id="i", client_secret="s"
            ).refresh(transport),
            error,
        ),
        (
            lambda: google.auth.load_credentials_from_dict({"type": "never"}),
            google.auth.exceptions.DefaultCredentialsError,
        ),
        (lambda: google.auth.jwt.decode(token, certs="x"), ValueError),
    ):
        try:
            call()
        except raised:
            continue
        raise AssertionError(raised)
