import asyncio
import contextlib

import uvicorn
import uvicorn.config
import uvicorn.protocols.http.h11_impl


class Server(uvicorn.Server):
    """A server of the program: it runs in the program's loop and takes no signals."""

    served = 0

    def install_signal_handlers(self):
        pass

    @contextlib.contextmanager
    def capture_signals(self):
        yield

    async def on_tick(self, counter):
        Server.served = max(Server.served, self.server_state.total_requests)
        return await super().on_tick(counter)


class Protocol(uvicorn.protocols.http.h11_impl.H11Protocol):
    def connection_made(self, transport):
        made.append(type(self).__name__)
        super().connection_made(transport)


made = []


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = f"{scope['method']} {scope['path']} {scope['root_path']}".encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]}
    )
    await send({"type": "http.response.body", "body": body})


def settings():
    return uvicorn.Config(
        app, host="127.0.0.1", port=0, http=Protocol, loop="asyncio", lifespan="on", log_config=None, root_path="/r"
    )


async def ask(server, path):
    serving = asyncio.ensure_future(server.serve())
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    server.should_exit = True
    await serving
    return answer


def hold():
    config = settings()
    assert asyncio.run(ask(Server(config), "/a")).endswith(b"GET /r/a /r") and made == ["Protocol"]
    waiting = Server(settings())
    return (
        config,
        waiting,
        uvicorn.config.LOGGING_CONFIG["formatters"]["access"],
        uvicorn.protocols.http.h11_impl.RequestResponseCycle,
    )


def use(held):
    config, waiting, formatter, cycle = held
    assert asyncio.run(ask(waiting, "/b")).endswith(b"GET /r/b /r") and made == ["Protocol", "Protocol"]
    assert type(config) is uvicorn.Config and config.loaded and waiting.config.http_protocol_class is Protocol
    assert (
        formatter["()"] == "uvicorn.logging.AccessFormatter"
        and cycle is uvicorn.protocols.http.h11_impl.RequestResponseCycle
    )
    assert isinstance(waiting, uvicorn.Server) and issubclass(Protocol, asyncio.Protocol) and waiting.should_exit
