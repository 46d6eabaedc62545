import io
import json

import requests
import requests.adapters
from requests_toolbelt import MultipartDecoder, MultipartEncoder, MultipartEncoderMonitor, StreamingIterator, sessions
from requests_toolbelt.adapters.host_header_ssl import HostHeaderSSLAdapter
from requests_toolbelt.auth.guess import GuessAuth
from requests_toolbelt.cookies.forgetful import ForgetfulCookieJar
from requests_toolbelt.utils import dump
from requests_toolbelt.utils.user_agent import user_agent


class Monitor(MultipartEncoderMonitor):
    """A monitor of the program."""

    def read(self, size=-1):
        chunk = super().read(size)
        sizes.append(len(chunk))
        return chunk


sizes = []


class Echo(requests.adapters.BaseAdapter):
    def send(self, request, **kwargs):
        response = requests.Response()
        response.status_code, response.request, response.url, response.raw = 200, request, request.url, io.BytesIO()
        body = request.body.read() if hasattr(request.body, "read") else request.body or b""
        response._content = json.dumps({"url": request.url, "length": len(body)}).encode()
        return response

    def close(self):
        pass


def encoder():
    return MultipartEncoder({"field": "value", "file": ("f.txt", io.BytesIO(b"data"), "text/plain")}, boundary="b")


def hold():
    session = sessions.BaseUrlSession("https://h.test/api/")
    session.mount("https://", Echo())
    session.cookies = ForgetfulCookieJar()
    assert session.get("x").json()["url"] == "https://h.test/api/x"
    half = encoder()
    assert half.read(10) == b"--b\r\nConte"
    return (
        session,
        half,
        Monitor(encoder(), lambda monitor: None),
        StreamingIterator(3, iter([b"a", b"bc"])),
        GuessAuth("u", "p"),
        HostHeaderSSLAdapter(),
    )


def use(held):
    session, half, monitor, stream, auth, adapter = held
    rest = half.read()
    decoder = MultipartDecoder(b"--b\r\nConte" + rest, half.content_type)
    assert [part.text for part in decoder.parts] == ["value", "data"] and type(half) is MultipartEncoder
    answer = session.post("up", data=monitor, headers={"Content-Type": monitor.content_type}).json()
    assert answer == {"url": "https://h.test/api/up", "length": len(rest) + 10} and sum(sizes) == monitor.bytes_read
    assert (
        isinstance(session, requests.Session)
        and isinstance(monitor, MultipartEncoderMonitor)
        and stream.read(2) == b"ab"
    )
    session.cookies.set("a", "b")
    assert not list(session.cookies) and user_agent("me", "1").startswith("me/1 ") and auth.username == "u"
    assert isinstance(adapter, requests.adapters.HTTPAdapter) and callable(dump.dump_all)
    assert session.get("y").json() == {"url": "https://h.test/api/y", "length": 0}
