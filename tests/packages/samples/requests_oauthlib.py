import requests
import requests.adapters
import requests_oauthlib
from oauthlib.oauth2 import BackendApplicationClient


class Echo(requests.adapters.BaseAdapter):
    """Answers without a network, with what was asked."""

    def send(self, request, **kwargs):
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, request.url
        sent = str(request.headers.get("Authorization", b""))
        if "/token" in request.url:
            response._content = b'{"access_token": "t0", "token_type": "Bearer", "expires_in": 3600}'
        elif "/request" in request.url:
            response._content = b"oauth_token=rt&oauth_token_secret=rs"
        else:
            response._content = sent.encode()
        return response

    def close(self):
        pass


def hold():
    one = requests_oauthlib.OAuth1Session("key", "secret", resource_owner_key="rk", resource_owner_secret="rs")
    two = requests_oauthlib.OAuth2Session(client=BackendApplicationClient(client_id="me"), scope=["a"])
    for session in (one, two):
        session.mount("https://", Echo())
    assert "oauth_consumer_key" in one.get("https://h.test/x").text
    assert two.fetch_token("https://h.test/token", client_secret="s")["access_token"] == "t0"
    seen = []
    two.register_compliance_hook(
        "protected_request", lambda url, headers, data: (seen.append(url), (url, headers, data))[1]
    )
    return (
        one,
        two,
        seen,
        requests_oauthlib.OAuth1("k2", "s2"),
        requests_oauthlib.OAuth2({}, token=two.token),
        requests_oauthlib.TokenUpdated,
    )


def use(held):
    one, two, seen, auth, bearer, updated = held
    assert "oauth_signature" in one.get("https://h.test/y").text and isinstance(one, requests_oauthlib.OAuth1Session)
    assert one.fetch_request_token("https://h.test/request") == {"oauth_token": "rt", "oauth_token_secret": "rs"}
    assert two.get("https://h.test/z").text == "Bearer t0" and seen == ["https://h.test/z"] and two.authorized
    assert (
        requests_oauthlib.OAuth2Session("id", state="s")
        .authorization_url("https://h.test/auth")[0]
        .startswith("https://h.test/auth?response_type=")
    )
    plain = requests.Session()
    plain.mount("https://", Echo())
    assert 'oauth_consumer_key="k2"' in plain.get("https://h.test/o", auth=auth).text
    assert plain.get("https://h.test/b", auth=bearer).text == "Bearer t0" and issubclass(updated, Warning)
    assert type(auth) is requests_oauthlib.OAuth1 and updated is requests_oauthlib.TokenUpdated
