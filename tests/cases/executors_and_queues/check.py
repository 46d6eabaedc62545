"""Work that waits in queues and in a thread pool whose one worker is busy calls the new functions."""

import concurrent.futures
import queue
import threading

import lib


def hold():
    gate, started = threading.Event(), threading.Event()

    def block():
        started.set()
        gate.wait()

    pool = concurrent.futures.ThreadPoolExecutor(1)
    pool.submit(block)
    started.wait()
    waiting = [pool.submit(lib.f), pool.submit(lib.C().m, 1), pool.submit(isinstance, lib.C(), lib.C)]
    waiting[0].add_done_callback(lib.f)
    queues = [queue.Queue(), queue.SimpleQueue(), queue.LifoQueue(), queue.PriorityQueue()]
    for each in queues:
        each.put((1, lib.f, lib.C()))
    return gate, pool, waiting, queues


def check(held):
    gate, pool, waiting, queues = held
    gate.set()
    assert [future.result(30) for future in waiting] == [2, 2, True]
    pool.shutdown()
    for each in queues:
        _, f, c = each.get(timeout=30)
        assert f is lib.f and type(c) is lib.C
