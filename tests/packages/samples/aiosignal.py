import asyncio

import aiosignal


class Named(aiosignal.Signal):
    __slots__ = ("name",)

    def __init__(self, owner, name):
        super().__init__(owner)
        self.name = name


class Application:
    def __init__(self):
        self.seen = []
        self.on_startup = aiosignal.Signal(self)
        self.on_cleanup = Named(self, "cleanup")


async def note(app, word="noted"):
    app.seen.append(word)


def hold():
    app = Application()
    app.on_startup.append(note)
    app.on_startup.freeze()
    asyncio.run(app.on_startup.send(app))
    app.on_cleanup.append(note)
    assert app.seen == ["noted"]
    return app, app.on_startup, app.on_cleanup.send, aiosignal.Signal


def use(held):
    app, signal, send, kind = held
    asyncio.run(signal.send(app, word="again"))
    assert app.seen == ["noted", "again"] and kind is aiosignal.Signal and type(app.on_cleanup) is Named
    app.on_cleanup.insert(0, note)
    try:
        asyncio.run(send(app))
    except RuntimeError as error:
        assert "frozen" in str(error).lower()
    else:
        raise AssertionError("no error")
    app.on_cleanup.freeze()
    asyncio.run(send(app))
    assert (
        app.seen == ["noted", "again", "noted", "noted"]
        and app.on_cleanup.name == "cleanup"
        and "Signal" in repr(signal)
    )
    try:
        signal.append(note)
    except RuntimeError:
        assert len(signal) == 1 and isinstance(signal, list) is False
    else:
        raise AssertionError("no error")
