import trio


class Meter(trio.abc.Instrument):
    def __init__(self):
        self.steps = 0

    def before_task_step(self, task):
        self.steps += 1


async def main(send, receive, limit):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send.send, 1)
        got = await receive.receive()
    async with limit:
        with trio.move_on_after(0.001) as scope:
            await trio.sleep_forever()
    return got, scope.cancelled_caught


def hold():
    send, receive = trio.open_memory_channel(0)
    meter, limit = Meter(), trio.CapacityLimiter(1)
    assert trio.run(main, send, receive, limit, instruments=[meter]) == (1, True)
    return send, receive, limit, meter, trio.Path("/"), trio.lowlevel.RunVar("v")


def use(held):
    send, receive, limit, meter, path, _ = held
    before = meter.steps
    assert trio.run(main, send, receive, limit, instruments=[meter]) == (1, True) and meter.steps > before
    assert (
        type(limit) is trio.CapacityLimiter
        and type(send) is trio.MemorySendChannel
        and type(path / "a") is trio.PosixPath
    )
    assert issubclass(Meter, trio.abc.Instrument) and limit.available_tokens == 1
