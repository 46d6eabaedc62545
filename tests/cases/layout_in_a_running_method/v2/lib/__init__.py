import threading
import types


@types.coroutine
def pause():
    yield


class Worker:
    __slots__ = ("started", "go", "result", "n", "more")

    def __init__(self):
        self.started, self.go, self.result, self.n = threading.Event(), threading.Event(), None, 0

    def run(self):
        self.started.set()
        self.go.wait()
        self.result = ["run", isinstance(self, Worker)]

    def count(self):
        while True:
            self.n += 1
            yield self.n - 1

    async def work(self):
        await pause()
        return self

    def added(self):
        return 2
