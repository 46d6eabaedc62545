import socket
import threading

import websocket
from websocket import ABNF, WebSocketApp


class Client(websocket.WebSocket):
    """A client of the program, which counts."""

    def recv_frame(self):
        frame = super().recv_frame()
        frames.append(frame.opcode)
        return frame


frames = []


def frame(data, opcode=ABNF.OPCODE_TEXT, mask=0):
    made = ABNF.create_frame(data, opcode)
    made.mask_value = made.mask = mask
    return made.format()


def opened(cls):
    """A client in the middle of a connection, and the other end of it."""
    near, far = socket.socketpair()
    client = cls()
    client.sock, client.connected = near, True
    client.settimeout(10)
    return client, far


def hold():
    client, far = opened(Client)
    far.sendall(frame("hello") + frame("next")[:3])
    assert client.recv() == "hello" and frames == [ABNF.OPCODE_TEXT]
    listener = socket.create_server(("127.0.0.1", 0))
    app = WebSocketApp(
        f"ws://127.0.0.1:{listener.getsockname()[1]}/x", on_error=lambda app, error: failed.append(error)
    )
    return client, far, listener, app, ABNF(1, 0, 0, 0, ABNF.OPCODE_PING, 1, b"p"), websocket.WebSocketException


failed = []


def use(held):
    client, far, listener, app, ping, error = held
    far.sendall(frame("next")[3:])
    assert client.recv() == "next" and isinstance(client, websocket.WebSocket) and frames[-1] == ABNF.OPCODE_TEXT
    client.send("sent")
    other = websocket.WebSocket()
    other.sock, other.connected = far, True
    assert other.recv() == "sent" and type(ping) is ABNF and ping.format()[:1] == b"\x89"
    far.sendall(ABNF.create_frame(b"\x03\xe8bye", ABNF.OPCODE_CLOSE).format())
    assert client.recv_data()[0] == ABNF.OPCODE_CLOSE

    def refuse():
        accepted, _ = listener.accept()
        accepted.recv(4096)
        accepted.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        accepted.close()

    answering = threading.Thread(target=refuse)
    answering.start()
    app.run_forever()
    answering.join()
    assert isinstance(failed[-1], websocket.WebSocketBadStatusException) and failed[-1].status_code == 403
    assert issubclass(websocket.WebSocketBadStatusException, error) and error is websocket.WebSocketException
    try:
        websocket.create_connection("never://h")
    except ValueError:
        pass
    else:
        raise AssertionError("no error")
    for each in (client.sock, far, listener):
        if each is not None:
            each.close()
