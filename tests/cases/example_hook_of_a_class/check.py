"""docs/hooks.md, the first example: one argument became two."""

import lib

FRESH = False
UPGRADE = {"allow": "signatures"}


def hold():
    servers = [lib.Server("example.org"), lib.Server("localhost:8080")]
    servers[1].timeout = 5
    return servers


def check(held):
    assert [server.url() for server in held] == ["http://example.org:80/", "http://localhost:8080/"]
    assert vars(held[1]) == {"host": "localhost", "port": 8080, "timeout_ms": 5000, "failures": []}
