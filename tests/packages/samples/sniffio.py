import asyncio

import sniffio


class Tracer:
    """Keeps the functions where it found them, as libraries of both worlds do."""

    def __init__(self):
        self.detect, self.error = sniffio.current_async_library, sniffio.AsyncLibraryNotFoundError


async def inside(tracer):
    return tracer.detect()


def hold():
    tracer = Tracer()
    assert asyncio.run(inside(tracer)) == "asyncio"
    token = sniffio.current_async_library_cvar.set("ours")
    return tracer, sniffio.current_async_library_cvar, token, inside(tracer)


def use(held):
    tracer, variable, token, started = held
    assert tracer.detect() == "ours" and variable is sniffio.current_async_library_cvar
    variable.reset(token)
    assert asyncio.run(started) == "asyncio" and tracer.detect is sniffio.current_async_library
    try:
        tracer.detect()
    except tracer.error as error:
        assert isinstance(error, sniffio.AsyncLibraryNotFoundError) and isinstance(error, RuntimeError)
    else:
        raise AssertionError("no error")
