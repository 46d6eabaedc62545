import http.server
import threading

import urllib3


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.headers.get("x-test", "").encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Retry(urllib3.Retry):
    """A subclass outside, with instances."""

    def increment(self, *args, **kwargs):
        return super().increment(*args, **kwargs)


def hold():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pool = urllib3.PoolManager(num_pools=3, headers={"x-test": "one"}, retries=Retry(2))
    url = f"http://127.0.0.1:{server.server_port}/a?b=c"
    assert pool.request("GET", url).data == b"one"
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    headers = urllib3.HTTPHeaderDict({"A": "1"})
    headers.add("a", "2")
    return server, pool, url, Retry(5, backoff_factor=0.1), urllib3.Timeout(3), headers, urllib3.util.parse_url(url)


def use(held):
    server, pool, url, retry, timeout, headers, parsed = held
    connections = next(iter(pool.pools._container.values()))
    pool.headers["x-test"] = "two"
    assert pool.request("GET", url).data == b"two" and pool.request("GET", url, timeout=timeout).status == 200
    assert connections.num_connections == 1, "the connection that was open goes on being used"
    assert pool.connection_from_url(url) is connections
    assert retry.increment("GET", url, error=urllib3.exceptions.ConnectTimeoutError()).total == 4
    assert headers["a"] == "1, 2" and type(headers) is urllib3.HTTPHeaderDict
    assert parsed == urllib3.util.parse_url(url) and parsed.path == "/a" and parsed.query == "b=c"
    try:
        pool.request("GET", "http://127.0.0.1:1/", retries=False, timeout=timeout)
    except urllib3.exceptions.HTTPError as error:
        assert isinstance(error, urllib3.exceptions.NewConnectionError)
    server.shutdown()
    server.server_close()
