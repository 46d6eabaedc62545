"""The speed of a loop of library calls: without midflight, with it imported, and after an upgrade (against the same release, fresh)."""

import pathlib
import time

import common


def rounds(requests, seconds):
    """Calls in a second of this thread's own time, the best of slices of 0.1 s."""
    url, values = "http://127.0.0.1/path/to", {"name": "value", "other": [1, 2, 3]}
    session = requests.Session()
    best = calls = 0
    end = time.thread_time() + seconds
    slice_begin = time.thread_time()
    while slice_begin < end:
        for _ in range(50):
            request = requests.Request("GET", url, params=values, headers={"Accept": "text/plain"})
            session.prepare_request(request)
        calls += 50
        now = time.thread_time()
        if now - slice_begin > 0.1:
            best = max(best, calls / (now - slice_begin))
            calls, slice_begin = 0, now
    return best


def main(site, release, imported, upgrade, seconds):
    if imported:
        import midflight
    import requests

    if upgrade:
        rounds(requests, 0.3)
        common.install(pathlib.Path(release), pathlib.Path(site))
        report = midflight.upgrade("requests")
        assert report.upgraded
    common.answer(rate=rounds(requests, seconds), version=requests.__version__)


if __name__ == "__main__":
    main(**common.settings())
