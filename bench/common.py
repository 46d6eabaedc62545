"""What the measured processes share: clocks, a second thread that watches, releases put on disk, a result as JSON."""

import compileall
import json
import os
import pathlib
import shutil
import sys
import threading
import time


def settings():
    """The arguments of a measured process: one JSON object on its standard input (lists of names are too long for a command)."""
    return json.load(sys.stdin)


def answer(**figures):
    """The result of a measured process; it ends here, without tearing millions of objects down."""
    print(json.dumps(figures), flush=True)
    os._exit(0)


def clock(function, *arguments):
    """Seconds that one call takes."""
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


def clocks(function, *arguments):
    """Seconds that one call takes: by the clock, and of this thread's own time, which the machine's other work does not lengthen."""
    begin, own = time.perf_counter(), time.thread_time()
    function(*arguments)
    return time.perf_counter() - begin, time.thread_time() - own


def best(count, function, *arguments):
    """The shortest of several: other processes of the machine can only add to it."""
    return min(clock(function, *arguments) for _ in range(count))


def memory():
    """Bytes of this process that are in memory."""
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def install(release, site):
    """Puts a prepared release (a folder of packages and .dist-info) on disk as a new install of it: the old one's files go first."""
    site.mkdir(parents=True, exist_ok=True)
    for info in release.glob("*.dist-info"):
        for old in site.glob(info.name.split("-")[0] + "-*.dist-info"):
            shutil.rmtree(old)
    for part in release.iterdir():
        if part.is_dir():
            shutil.rmtree(site / part.name, ignore_errors=True)
            shutil.copytree(part, site / part.name, copy_function=shutil.copyfile)  # new times: tools go by them
        else:
            shutil.copyfile(part, site / part.name)
    compileall.compile_dir(site, quiet=2)


class Watch(threading.Thread):
    """Ticks all the time: the longest gap between two ticks is how long a second thread of the process had to wait."""

    def __init__(self):
        super().__init__(daemon=True)
        self.longest, self.stopping = 0.0, False

    def run(self):
        last = time.perf_counter()
        while not self.stopping:
            time.sleep(0.0002)
            now = time.perf_counter()
            self.longest = max(self.longest, now - last)
            last = now

    def __enter__(self):
        self.start()
        time.sleep(0.02)
        self.longest = 0.0
        return self

    def __exit__(self, *_):
        time.sleep(0.01)
        self.stopping = True
        self.join()
