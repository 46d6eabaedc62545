"""The server of load.py: every answer takes a call of requests. /upgrade takes the installed version; SIGTERM ends it when what it
has begun to answer is answered."""

import http.server
import json
import signal
import sys
import threading

import midflight
import requests


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = {"version": requests.__version__}
        if self.path == "/upgrade":
            answer["pause"] = midflight.upgrade("requests").pause
        else:
            headers = {"Accept": "text/plain"}
            request = requests.Request("GET", "http://127.0.0.1/path", params={"name": self.path}, headers=headers)
            answer["url"] = request.prepare().url
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128


def main(port):
    with Server(("127.0.0.1", port), Handler) as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print("ready", flush=True)
        server.serve_forever(poll_interval=0.01)


if __name__ == "__main__":
    main(int(sys.argv[1]))
