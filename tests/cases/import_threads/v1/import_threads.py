import queue
import threading

jobs = queue.Queue()
done = queue.Queue()


def step(job):
    return (job, 1)


def work():
    while True:
        done.put(step(jobs.get()))


for _ in range(2):
    threading.Thread(target=work, daemon=True, name="worker").start()


class Watcher(threading.Thread):
    def run(self):
        while True:
            done.put(("watched", 1))
            threading.Event().wait()


watcher = Watcher(daemon=True, name="watcher")
watcher.start()
