from oauthlib import oauth1, oauth2
from oauthlib.common import Request, urldecode
from oauthlib.oauth2.rfc6749 import errors


class Validator(oauth2.RequestValidator):
    """What the program's server knows."""

    def authenticate_client(self, request, *args, **kwargs):
        request.client = type("Client", (), {"client_id": request.client_id})
        return request.client_id == "me"

    def validate_grant_type(self, client_id, grant_type, client, request, *args, **kwargs):
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id, request, *args, **kwargs):
        return ["all"]

    def validate_scopes(self, client_id, scopes, client, request, *args, **kwargs):
        return scopes == ["all"]

    def save_bearer_token(self, token, request, *args, **kwargs):
        saved.append(token["access_token"])


saved = []
BODY = "grant_type=client_credentials&client_id="


def hold():
    server = oauth2.BackendApplicationServer(Validator())
    assert server.create_token_response("https://h.test/token", "POST", BODY + "me", {})[2] == 200 and len(saved) == 1
    client = oauth2.WebApplicationClient("id")
    client.parse_request_body_response('{"access_token": "t", "token_type": "Bearer", "expires_in": 100}')
    signer = oauth1.Client("key", client_secret="secret", signature_type=oauth1.SIGNATURE_TYPE_QUERY)
    return server, client, signer, Request("https://h.test/?a=1", body="b=2"), oauth2.OAuth2Error, client.token


def use(held):
    server, client, signer, request, error, token = held
    status = server.create_token_response("https://h.test/token", "POST", BODY + "other", {})
    assert status[2] == 401 and '"invalid_client"' in status[1]
    assert server.create_token_response("https://h.test/token", "POST", BODY + "me", {})[2] == 200 and len(saved) == 2
    assert client.add_token("https://h.test/x")[1]["Authorization"] == "Bearer t" and token["token_type"] == "Bearer"
    assert type(token) is oauth2.rfc6749.tokens.OAuth2Token and isinstance(client, oauth2.Client)
    assert "oauth_signature=" in signer.sign("https://h.test/?a=1")[0] and request.a == "1" and request.b == "2"
    assert client.prepare_request_uri("https://h.test/auth", state="s").endswith("state=s") and urldecode("a=1") == [
        ("a", "1")
    ]
    for call in (
        lambda: client.parse_request_body_response('{"error": "invalid_grant"}'),
        lambda: client.parse_request_uri_response("https://h.test/?code=c&state=other", state="s"),
    ):
        try:
            call()
        except error as raised:
            assert isinstance(raised, (errors.InvalidGrantError, errors.MismatchingStateError))
        else:
            raise AssertionError("no error")
