"""A thread of the library sits in a loop of it and writes to its globals all the time: the gate lets it pass, as it is inside, so the
state is another one at each look. It is decided and exchanged without a turn for others in between."""

import threading
import time

import lib


def hold():
    threads = [threading.Thread(target=lib.loop, args=(pause,), daemon=True) for pause in (0.001, 0.004)]
    for thread in threads:
        thread.start()
    while lib.beats < 10:
        time.sleep(0.001)
    return threads, lib.by_name, lib.meter


def check(held):
    threads, by_name, meter = held
    before = lib.beats
    while lib.beats < before + 10:
        time.sleep(0.001)
    lib.stop = True
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert by_name is lib.by_name and meter is lib.meter and type(meter) is lib.Meter
    assert meter.last < 0
    assert by_name["beat"] <= lib.beats
