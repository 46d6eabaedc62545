import requests


class Adapter(requests.adapters.HTTPAdapter):
    """A subclass outside that answers by itself."""

    def send(self, request, **kwargs):
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url, request
        response._content = request.headers.get("x-test", "").encode()
        response.encoding = "utf-8"
        return response


class Token(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["authorization"] = "token"
        return request


def hold():
    session = requests.Session()
    session.headers["x-test"] = "1"
    session.auth = Token()
    session.mount("test://", Adapter())
    session.hooks["response"].append(lambda response, **_: setattr(response, "seen", True))
    session.cookies.set("a", "b", domain="host.test")
    first = session.get("test://host.test/a", params={"d": "e"})
    assert first.text == "1" and first.seen
    requests.utils.DEFAULT_PORTS["test"] = 1
    return session, first, requests.get, requests.exceptions.ConnectionError


def use(held):
    session, first, get, error = held
    again = session.get("test://host.test/a", json={"x": 1})
    assert again.text == "1" and again.seen and again.request.headers["authorization"] == "token"
    assert again.request.body == b'{"x": 1}' or again.request.body == '{"x": 1}'
    assert first.url == "test://host.test/a?d=e" or first.url == "test://host.test/a", first.url
    assert first.ok and first.raise_for_status() is None and type(first) is requests.Response
    assert session.cookies.get("a") == "b" and requests.utils.DEFAULT_PORTS.pop("test") == 1
    assert (
        get is requests.get and error is requests.ConnectionError and isinstance(session.auth, requests.auth.AuthBase)
    )
    assert isinstance(session.get_adapter("http://host.test/"), requests.adapters.BaseAdapter)
    try:
        session.get("nowhere://x")
    except requests.exceptions.InvalidSchema:
        pass
    else:
        raise AssertionError("no error")
