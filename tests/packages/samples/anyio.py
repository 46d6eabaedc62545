import asyncio

import anyio
import anyio.from_thread
import anyio.to_thread


async def pump(send, n):
    async with send:
        for i in range(n):
            await send.send(i)


async def talk(n):
    send, receive = anyio.create_memory_object_stream(2)
    got = []
    async with anyio.create_task_group() as group:
        group.start_soon(pump, send, n)
        async with receive:
            async for item in receive:
                got.append(item)
    assert await anyio.to_thread.run_sync(sum, got) == sum(range(n))
    return got


def hold():
    assert anyio.run(talk, 3) == [0, 1, 2]
    loop = asyncio.new_event_loop()

    async def start():
        return anyio.Event(), anyio.Lock(), anyio.CapacityLimiter(2), anyio.create_memory_object_stream(5)

    event, lock, limiter, (send, receive) = loop.run_until_complete(start())
    send.send_nowait("held")
    return loop, event, lock, limiter, send, receive, anyio.Path("/tmp"), anyio.ClosedResourceError


def use(held):
    loop, event, lock, limiter, send, receive, path, closed = held

    async def go():
        event.set()
        async with lock, limiter:
            await event.wait()
            assert await receive.receive() == "held" and limiter.available_tokens == 1
        send.close()
        receive.close()
        try:
            await send.send(1)
        except closed:
            pass
        else:
            raise AssertionError("no error")
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep(5)
        assert scope.cancel_called and await path.exists()
        return await talk(4)

    assert loop.run_until_complete(go()) == [0, 1, 2, 3] and anyio.run(talk, 2) == [0, 1]
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
