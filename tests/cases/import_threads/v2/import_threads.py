import queue
import threading

jobs = queue.Queue()
done = queue.Queue()


def step(job):
    return (job, 2)


def work():
    while True:
        done.put(step(jobs.get()))


for _ in range(3):
    threading.Thread(target=work, daemon=True, name="worker").start()


class Watcher(threading.Thread):
    def run(self):
        while True:
            done.put(("watched", 2))
            threading.Event().wait()


watcher = Watcher(daemon=True, name="watcher")
watcher.start()

extra = threading.Thread(target=lambda: done.put(("extra", 2)), name="extra")
extra.start()
