"""`make demo`: a process under load takes a new release of requests, whole, and loses no request.

    demo.py [--json] [--old 2.31.0] [--new 2.32.5]

Makes a private environment with requests 2.31.0, starts program.py in it, serves its requests (20 ms an answer), and installs
requests 2.32.5 with pip while it runs. The program notices and upgrades itself. Exits 0 only if everything holds that is
printed at the end; 1 if not, or if pip cannot install.
"""

import argparse
import collections
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

import midflight
from midflight import _engine

TREE = pathlib.Path(__file__).resolve().parent.parent
ANSWER = 0.02  # seconds that the server takes
BEFORE = 1.0  # seconds of load before pip starts
LIMIT = 60  # seconds for the program, pip's included


class Failed(Exception):
    """The demo cannot be shown; the text says why and what to do."""


# ---- the server ----


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.server.heard[self.headers["User-Agent"]] += 1
        time.sleep(ANSWER)
        body = b'{"well": true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard = collections.Counter()
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        pass  # a client that goes away at the end


# ---- the private environment ----


def link_midflight(folder):
    """A folder with midflight and nothing else of the environment that runs this."""
    package = folder / "midflight"
    package.mkdir(parents=True)
    for source in [*pathlib.Path(midflight.__file__).parent.glob("*.py"), pathlib.Path(_engine.__file__)]:
        (package / source.name).symlink_to(source)
    return folder


def clean_environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and not k.lower().endswith("_proxy")}
    return {**env, **more}


def pip_install(python, requirement):
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [python, "-W", "ignore", "-m", "pip", "--disable-pip-version-check", "install", "-q", requirement]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if "ERROR" in line] or done.stdout.splitlines()
        raise Failed(
            f"pip cannot install {requirement}: {lines[-1] if lines else 'it says nothing'}\n"
            "The demo needs a package index that pip can reach. Where there is none: fetch the wheels of requests "
            "(both releases) and of what it requires\ninto a folder, and run it with "
            "PIP_NO_INDEX=1 PIP_FIND_LINKS=that-folder."
        )


def make_environment(work):
    done = subprocess.run([sys.executable, "-m", "venv", work / "env"], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{sys.executable} -m venv does not work here:\n{(done.stdout + done.stderr).strip()}")
    return work / "env" / "bin" / "python"


# ---- what is seen ----


class Screen:
    """Prints for people; silent with --json."""

    def __init__(self, silent):
        self.silent, self.column = silent, 0
        self.width = max(60, min(118, shutil.get_terminal_size((118, 40)).columns))
        self.colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def paint(self, text, colour):
        return f"\033[{colour}m{text}\033[0m" if self.colours else text

    def line(self, text="", colour=None):
        if self.silent:
            return
        text = textwrap.fill(text, self.width, subsequent_indent="    ", drop_whitespace=True)
        print(("\n" if self.column else "") + (self.paint(text, colour) if colour else text), flush=True)
        self.column = 0

    def word(self, text, colour):
        if self.silent:
            return
        if self.column + len(text) + 1 > self.width - 2:
            print()
            self.column = 0
        print(("  " if not self.column else " ") + self.paint(text, colour), end="", flush=True)
        self.column += len(text) + 1


def show_refusal(reasons, screen, again):
    """Why it is not yet time; the same reason once."""
    for reason in [] if again else reasons:
        unfinished = reason["code"] == "install-unfinished"
        screen.line(f"not yet: {'pip is still at work' if unfinished else reason['cause']}", "33")


def follow(program, screen, releases, seen):
    """Shows what the program says until it ends; keeps it in seen."""
    for text in program.stdout:
        event = json.loads(text)
        kind = event.pop("event")
        if kind == "version":
            seen["versions"].append(event["version"])
            screen.word(event["version"], "32" if event["version"] == releases[1] else "33")
        elif kind == "refused":
            seen["refused"].append(event["reasons"])
            show_refusal(event["reasons"], screen, again=seen["refused"][-2:-1] == seen["refused"][-1:])
        elif kind == "upgraded":
            seen.update(event)
            screen.line(event["line"], "1")
        else:
            seen.update(event)


def run_program(python, work, server, releases, screen):
    """Starts the program, lets pip install the new release beside it, and returns what was seen."""
    seen = {"versions": [], "refused": []}
    env = clean_environment(PYTHONPATH=str(link_midflight(work / "lib")), no_proxy="*")
    command = [python, TREE / "examples" / "program.py", server.url, releases[1]]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, cwd=work) as program:
        limit = threading.Timer(LIMIT, program.kill)
        limit.start()
        follower = threading.Thread(target=follow, args=(program, screen, releases, seen), daemon=True)
        follower.start()
        try:
            time.sleep(BEFORE)
            screen.line(f"$ pip install requests=={releases[1]}     (another process)", "36")
            pip_install(python, f"requests=={releases[1]}")
            follower.join()
        except BaseException:
            program.kill()
            raise
        finally:
            limit.cancel()
    seen["exit"] = program.returncode
    return seen


def judge(seen, server, releases):
    """What must hold: sentence -> whether it does."""
    sent, failed = seen.get("sent", 0), seen.get("failed", "?")
    new = server.heard.get(f"python-requests/{releases[1]}", 0)
    report = seen.get("report", {})
    return {
        "the loop printed the old version first and the new one at the end": seen["versions"][:1] == [releases[0]]
        and seen["versions"][-1:] == [releases[1]],
        **seen.get("checks", {"the program came to its end": False}),
        f"the server was asked by python-requests/{releases[1]} too ({new} times)": new > 0,
        "nothing runs old code": report.get("old_frames") == [],
        "the old generation is gone": report.get("old_generation") == [],
        f"requests failed: {failed} of {sent}": failed == 0 and sent > 0,
    }


def show(seen, checks, screen):
    if "gap" in seen:
        screen.line(
            f"longest gap seen by a second thread: {seen['gap'] * 1000:.1f} ms in the whole upgrade "
            f"({seen['gap_before'] * 1000:.1f} ms under the same load before it); pause by the engine's own clock: "
            f"{seen['report']['pause'] * 1000:.1f} ms"
        )
    screen.line()
    for sentence, holds in checks.items():
        screen.line(f"{screen.paint('ok', '32') if holds else screen.paint('NO', '31')}  {sentence}")
    for text in [*seen.get("errors", []), *seen.get("report", {}).get("old_generation", [])][:5]:
        screen.line(f"    {text}")
    if seen["exit"]:
        screen.line(f"    the program ended with {seen['exit']}")


def demo(options, screen):
    releases = (options.old, options.new)
    build = TREE / ".build"
    build.mkdir(exist_ok=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="demo-", dir=build))
    server = Server()
    try:
        screen.line(f"A private environment with requests {releases[0]}, Python {sys.version.split()[0]} ...", "36")
        python = make_environment(work)
        pip_install(python, f"requests=={releases[0]}")
        screen.line(
            "$ python program.py     (prints requests.__version__ every 0.2 s; four threads send requests)", "36"
        )
        seen = run_program(python, work, server, releases, screen)
    finally:
        server.shutdown()
        shutil.rmtree(work, ignore_errors=True)
    checks = judge(seen, server, releases)
    good = all(checks.values()) and seen["exit"] == 0
    show(seen, checks, screen)
    if options.json:
        print(json.dumps({"good": good, "checks": checks, "heard": server.heard, **seen}, indent=2))
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument("--old", default="2.31.0", help="the release that the program starts with")
    parser.add_argument("--new", default="2.32.5", help="the release that is installed while it runs")
    options = parser.parse_args()
    try:
        return demo(options, Screen(options.json))
    except Failed as failure:
        print(json.dumps({"good": False, "error": str(failure)}) if options.json else failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
