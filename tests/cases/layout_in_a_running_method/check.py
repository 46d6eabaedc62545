"""An instance gets a new object while a thread is inside a method of it that does not change, and in suspended ones."""

import threading

import lib


def hold():
    worker = lib.Worker()
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    worker.started.wait()
    generator = worker.count()
    coroutine = worker.work()
    assert next(generator) == 0 and coroutine.send(None) is None
    return worker, thread, generator, coroutine


def check(held):
    worker, thread, generator, coroutine = held
    assert type(worker) is lib.Worker and not hasattr(worker, "__dict__")
    worker.go.set()
    thread.join(10)
    assert not thread.is_alive() and worker.result == ["run", True]
    assert next(generator) == 1 and worker.n == 2
    try:
        coroutine.send(None)
    except StopIteration as stop:
        assert stop.value is worker
