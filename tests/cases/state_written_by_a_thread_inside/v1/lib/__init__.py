import time

beats = 0
by_name = {}
stop = False


class Meter:
    def __init__(self):
        self.last = 0

    def note(self, number):
        self.last = number


meter = Meter()


def beat():
    global beats
    beats += 1
    by_name["beat"] = by_name.get("beat", 0) + 1
    meter.note(beats)


def loop(pause):
    while not stop:
        beat()
        time.sleep(pause)
