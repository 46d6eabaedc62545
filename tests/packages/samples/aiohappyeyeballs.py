import asyncio
import socket

import aiohappyeyeballs


async def connect(infos, **options):
    chosen = await aiohappyeyeballs.start_connection(infos, **options)
    try:
        return chosen.getpeername()
    finally:
        chosen.close()


def infos(*ports):
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port)) for port in ports]


def hold():
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    assert asyncio.run(connect(infos(port), happy_eyeballs_delay=0.1)) == ("127.0.0.1", port)
    later = connect(infos(1, port), happy_eyeballs_delay=0.01, interleave=1)
    return server, port, later, aiohappyeyeballs.pop_addr_infos_interleave, aiohappyeyeballs.start_connection


def use(held):
    server, port, later, pop, start = held
    assert asyncio.run(later) == ("127.0.0.1", port) and start is aiohappyeyeballs.start_connection
    some = infos(1, 2, 3)
    pop(some, 1)
    assert some == infos(2, 3) and pop is aiohappyeyeballs.pop_addr_infos_interleave
    aiohappyeyeballs.remove_addr_infos(some, ("127.0.0.1", 3))
    assert some == infos(2) and aiohappyeyeballs.addr_to_addr_infos(("127.0.0.1", 2)) == infos(2)
    try:
        asyncio.run(connect(infos(1), local_addr_infos=infos(0)))
    except OSError as error:
        assert isinstance(error, ConnectionRefusedError) or "Multiple exceptions" in str(error)
    else:
        raise AssertionError("nobody listens there")
    server.close()
