"""A changed function sits at the bottom of a thread and never returns: its old instructions go on in the new world."""

import queue
import threading

import lib

FRESH = False
UPGRADE = {"wait": 2.0}


def hold():
    source, server = queue.Queue(), lib.Server()
    thread = threading.Thread(target=server.serve, args=(iter(source.get, None),), daemon=True)
    thread.start()
    source.put("before")
    while not server.handled:
        pass
    return source, server, thread


def check(held, report):
    source, server, thread = held
    source.put("after")
    source.put(None)
    thread.join(30)
    assert server.handled[0] == ("serve 1", ("before", 1), True, 1)
    assert server.handled[1] == ("serve 1", ("after", 2), True, 2)
    assert any("serve" in frame for frame in report.old_frames), report.old_frames
