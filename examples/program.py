"""The program of the demo: it runs, under load, while somebody installs a new requests. demo.py starts it.

    program.py URL RELEASE

It holds requests in the ways programs do: a Session made early, a name imported from it, a subclass, a partial and a bound
method in a table. Four threads use all of them without a pause. The main thread runs the loop: print the version, and when
what is loaded is not what is installed any more, take it.

It writes one JSON object a line: version, refused, upgraded, end.
"""

import functools
import json
import sys
import threading
import time

import midflight
import requests
from requests import get

TICK = 0.2  # seconds between two looks at the version
AFTER = 1.5  # seconds of load that follow the upgrade
PATIENCE = 10.0  # seconds for an upgrade that is refused at first (calls in flight, an install that is not finished)


class Client(requests.Session):
    """A class of the program's own, on top of the package."""

    def request(self, method, url, **arguments):
        arguments.setdefault("timeout", 10)
        return super().request(method, url, **arguments)


session = requests.Session()
client = Client()
TABLE = {"partial": functools.partial(requests.get, timeout=10), "method": session.get}


class Load(threading.Thread):
    """Sends one request after the other."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.answered, self.failed, self.stopping = url, 0, [], False

    def run(self):
        while not self.stopping:
            for way in ("session", "name", "subclass", "partial", "method"):
                try:
                    if way == "session":
                        answer = session.get(self.url, timeout=10)
                    elif way == "name":
                        answer = get(self.url, timeout=10)
                    elif way == "subclass":
                        answer = client.get(self.url)
                    else:
                        answer = TABLE[way](self.url)
                    if answer.status_code != 200 or answer.json() != {"well": True}:
                        raise ValueError(f"a wrong answer: {answer.status_code} {answer.text[:80]!r}")
                    self.answered += 1
                except Exception as error:
                    self.failed.append(f"{way}: {type(error).__name__}: {error}")


class Watch(threading.Thread):
    """Ticks all the time: the longest gap between two ticks is the longest that another thread of this process had to wait."""

    def __init__(self):
        super().__init__(daemon=True)
        self.longest = 0.0

    def run(self):
        last = time.perf_counter()
        while True:
            time.sleep(0.0002)
            now = time.perf_counter()
            self.longest = max(self.longest, now - last)
            last = now

    def take(self):
        longest, self.longest = self.longest, 0.0
        return longest


def say(event, **what):
    print(json.dumps({"event": event, **what}), flush=True)


def is_stale():
    return any(entry.name == "requests" and entry.stale and entry.installed for entry in midflight.status())


def take_upgrade(watch):
    """Upgrades; says how it went. Returns whether it was done."""
    before = watch.take()
    begin = time.perf_counter()
    try:
        report = midflight.upgrade("requests", wait=5.0)
    except midflight.UpgradeRefused as error:
        say("refused", reasons=[reason._asdict() for reason in error.reasons])
        return False
    seconds = time.perf_counter() - begin
    time.sleep(0.01)  # a gap that still lasts ends here
    say("upgraded", line=str(report), report=report.to_dict(), gap=watch.take(), gap_before=before, seconds=seconds)
    return True


def check(release):
    """What must be true after the upgrade: sentence -> whether it is."""
    return {
        f"requests.__version__ is {release}": requests.__version__ == release,
        "the name from `from requests import get` is requests.get": get is requests.get,
        "the Session made before is a requests.Session": type(session) is requests.Session,
        "the subclass has requests.Session as its base": Client.__bases__ == (requests.Session,)
        and isinstance(client, requests.Session),
        "the partial calls requests.get": TABLE["partial"].func is requests.get,
        "the bound method is requests.Session.get of that session": TABLE["method"].__func__ is requests.Session.get
        and TABLE["method"].__self__ is session,
    }


def main():
    url, release = sys.argv[1:]
    watch = Watch()
    threads = [Load(url) for _ in range(4)]
    for thread in [watch, *threads]:
        thread.start()
    time.sleep(TICK)
    watch.take()  # the first connections are no measure
    deadline = upgraded = None
    while not upgraded or time.monotonic() < upgraded + AFTER:
        say("version", version=requests.__version__)
        time.sleep(TICK)
        if not upgraded and is_stale():
            deadline = deadline or time.monotonic() + PATIENCE
            if take_upgrade(watch):
                upgraded = time.monotonic()
            elif time.monotonic() > deadline:
                break
    for thread in threads:
        thread.stopping = True
    for thread in threads:
        thread.join()
    failed = [text for thread in threads for text in thread.failed]
    say(
        "end",
        sent=sum(t.answered for t in threads) + len(failed),
        failed=len(failed),
        errors=failed[:5],
        checks=check(release),
    )


if __name__ == "__main__":
    main()
