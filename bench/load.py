"""A server under load, and what its clients see of an upgrade of the library that it works with, or of a restart of the server."""

import http.client
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time

import common

CLIENTS = 4


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port):
    server = subprocess.Popen(
        [sys.executable, pathlib.Path(__file__).with_name("serve.py"), str(port)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout.readline() == "ready\n", "the server has not started"
    return server


def ask(port, path="/"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise http.client.HTTPException(response.status)
        return json.loads(body)
    finally:
        connection.close()


class Client(threading.Thread):
    """Asks again and again: when each request began and ended, and with what."""

    def __init__(self, port):
        super().__init__()
        self.port, self.stopping, self.seen, self.failed = port, False, [], 0

    def run(self):
        while not self.stopping:
            begin = time.perf_counter()
            try:
                version = ask(self.port)["version"]
            except (OSError, http.client.HTTPException):
                self.failed += 1
                time.sleep(0.001)
            else:
                self.seen.append((begin, time.perf_counter(), version))


def main(site, release, way, seconds):
    """way: "nothing", "upgrade" or "restart", in the middle of the seconds."""
    port = free_port()
    server = start(port)
    clients = [Client(port) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(seconds / 2)
    if way != "nothing":
        common.install(pathlib.Path(release), pathlib.Path(site))
        time.sleep(0.2)  # writing the files is not what is measured
    begin, pause = time.perf_counter(), None
    if way == "upgrade":
        pause = ask(port, "/upgrade")["pause"]
    elif way == "restart":
        server.terminate()
        server.wait()
        server = start(port)
    time.sleep(seconds / 2)
    end = time.perf_counter()
    for client in clients:
        client.stopping = True
    for client in clients:
        client.join()
    server.terminate()
    server.wait()
    seen = sorted((done, began, version) for client in clients for began, done, version in client.seen if done > begin)
    gaps = [later[0] - earlier[0] for earlier, later in zip(seen, seen[1:], strict=False)]
    common.answer(
        slowest=max(done - began for done, began, _ in seen),
        gap=max(gaps),
        failed=sum(client.failed for client in clients),
        answered=len(seen),
        rate=len(seen) / (end - begin),
        pause=pause,
        versions=sorted({version for *_, version in seen}),
    )


if __name__ == "__main__":
    main(**common.settings())
