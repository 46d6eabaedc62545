import h11


def hold():
    client, server = h11.Connection(h11.CLIENT), h11.Connection(h11.SERVER)
    server.receive_data(client.send(h11.Request(method="GET", target="/", headers=[("Host", "x")])))
    request = server.next_event()
    assert request.target == b"/"
    return client, server, request, {h11.SEND_BODY: "body", h11.IDLE: "idle"}, h11.NEED_DATA, h11.RemoteProtocolError


def use(held):
    client, server, request, states, need, error = held
    assert isinstance(request, h11.Request) and dict(request.headers)[b"host"] == b"x"
    assert client.our_state is h11.SEND_BODY and states[client.our_state] == "body" and need is h11.NEED_DATA
    server.receive_data(client.send(h11.EndOfMessage()))
    assert isinstance(server.next_event(), h11.EndOfMessage)
    answer = server.send(h11.Response(status_code=200, headers=[("Content-Length", "2")])) + server.send(
        h11.Data(data=b"ok")
    )
    client.receive_data(answer + server.send(h11.EndOfMessage()))
    events = [client.next_event() for _ in range(3)]
    assert [type(event) for event in events] == [h11.Response, h11.Data, h11.EndOfMessage] and events[1].data == b"ok"
    client.start_next_cycle()
    assert client.our_state is h11.IDLE and states[client.our_state] == "idle"
    bad = h11.Connection(h11.SERVER)
    bad.receive_data(b"nonsense\r\n\r\n")
    try:
        bad.next_event()
    except error:
        pass
    else:
        raise AssertionError("no error")
