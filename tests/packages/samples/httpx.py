import asyncio

import httpx


class Auth(httpx.Auth):
    def auth_flow(self, request):
        request.headers["authorization"] = "token"
        yield request


def answer(request):
    return httpx.Response(200, json={"auth": request.headers.get("authorization"), "path": request.url.path})


def hold():
    client = httpx.Client(
        transport=httpx.MockTransport(answer),
        auth=Auth(),
        base_url="http://host.test/api",
        timeout=httpx.Timeout(3, read=5),
    )
    later = httpx.AsyncClient(transport=httpx.MockTransport(answer), cookies={"a": "b"})
    first = client.get("/x", params={"a": [1, 2]})
    assert first.json() == {"auth": "token", "path": "/api/x"}
    return (
        client,
        later,
        first,
        {httpx.URL("http://host.test/"): "url"},
        httpx.codes.OK,
        httpx.Limits(max_connections=3),
        httpx.Client(),
    )


def use(held):
    client, later, first, table, ok, limits, real = held
    assert client.post("/y", content=b"z").json() == {"auth": "token", "path": "/api/y"} and first.status_code == ok
    assert asyncio.run(later.get("http://host.test/z")).json()["path"] == "/z" and later.cookies["a"] == "b"
    assert (
        table[httpx.URL("http://host.test/")] == "url"
        and ok is httpx.codes.OK
        and limits == httpx.Limits(max_connections=3)
    )
    assert first.url.params.get_list("a") == ["1", "2"] and first.raise_for_status() is not None
    assert client.timeout.read == 5 and type(first.headers) is httpx.Headers and httpx.QueryParams("a=1")["a"] == "1"
    try:
        real.get("http://127.0.0.1:1/")
    except httpx.TransportError as error:
        assert isinstance(error, httpx.ConnectError)
    else:
        raise AssertionError("no error")
    real.close()
    client.close()
    asyncio.run(later.aclose())
