"""Tasks that wait inside the application's and the library's coroutines; the upgrade happens in the running loop."""

import asyncio

import lib

FRESH = False


async def task(event):
    return lib.f(await event.wait())


async def reader(event, seen):
    async for item in lib.ticks():
        seen.append(item)
        await event.wait()
        if len(seen) == 2:
            return seen


async def main(upgrade):
    event, seen = asyncio.Event(), []
    tasks = [asyncio.create_task(task(event)) for _ in range(3)] + [asyncio.create_task(reader(event, seen))]
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(0.01, lambda f=lib.f: future.set_result(f("later")))
    queue = asyncio.Queue()
    await queue.put(lib.f)
    while not seen:
        await asyncio.sleep(0)
    upgrade()
    event.set()
    results = await asyncio.wait_for(asyncio.gather(*tasks), 30)
    assert results[:3] == [(True, 2)] * 3
    assert results[3] == [("tick", 1), ("tick", 2)]
    assert (await queue.get()) is lib.f
    assert (await asyncio.wait_for(future, 30)) == ("later", 2)


def run(upgrade):
    asyncio.run(main(upgrade))
