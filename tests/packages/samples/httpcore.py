import httpcore

ANSWER = [b"HTTP/1.1 200 OK\r\n", b"Content-Length: 2\r\n", b"\r\n", b"ok"]


class Backend(httpcore.MockBackend):
    """A subclass outside, with an instance."""


def hold():
    pool = httpcore.ConnectionPool(network_backend=Backend(ANSWER * 4), max_connections=2)
    assert pool.request("GET", "http://host.test/a").content == b"ok"
    return (
        pool,
        httpcore.ConnectionPool(),
        httpcore.Request("GET", "https://host.test/"),
        httpcore.URL("http://host.test/x?y"),
        httpcore.ConnectError,
    )


def use(held):
    pool, real, request, url, error = held
    assert pool.request("GET", "http://host.test/b").content == b"ok" and len(pool.connections) == 1
    assert url == httpcore.URL("http://host.test/x?y") and url.target == b"/x?y" and request.url.scheme == b"https"
    try:
        real.request("GET", "http://127.0.0.1:1/")
    except error as raised:
        assert isinstance(raised, httpcore.NetworkError)
    else:
        raise AssertionError("no error")
    real.close()
    pool.close()
