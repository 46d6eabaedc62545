"""Runs one scenario in a process of its own, with a time limit, and gives back what the process wrote down."""

import json
import os
import pathlib
import selectors
import subprocess
import sys
import time

SUPPORT = pathlib.Path(__file__).resolve().parent
TIMEOUT = float(os.environ.get("MIDFLIGHT_TEST_TIMEOUT", "60"))


class Died(AssertionError):
    """The process ended without a result: a crash, a hang or an error outside of the scenario."""


def environment(paths):
    """The environment of a child: ours, with `paths` as PYTHONPATH, and byte code written as by default."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONSAFEPATH")}
    env["PYTHONPATH"] = os.pathsep.join(str(path) for path in paths)
    return env


def run(
    work,
    app,
    *,
    paths,
    roots=None,
    names=(),
    kind="case",
    mode="upgrade",
    check=None,
    install=None,
    oracle=True,
    options=None,
    timeout=TIMEOUT,
    python=sys.executable,
    env=None,
    extra=None,
    flags=(),
):
    """Runs child.py on module `app`. `paths` go on sys.path; `install(step)` is called when the child asks; `roots` are the files, or
    directories with their /, of what is upgraded (by default all of the first path).

    Returns the child's result as a dict; raises Died with its output when there is none.
    """
    work = pathlib.Path(work)
    down_read, down_write = os.pipe()
    up_read, up_write = os.pipe()
    result = work / f"result-{mode}.json"
    result.unlink(missing_ok=True)
    spec = {
        "app": app,
        "kind": kind,
        "mode": mode,
        "check": check,
        "names": list(names),
        "options": options or {},
        "roots": [str(root) for root in (roots if roots is not None else [f"{paths[0]}/"])],
        "oracle": oracle,
        "timeout": timeout,
        "result": str(result),
        "support": str(SUPPORT),
        "from_runner": down_read,
        "to_runner": up_write,
        **(extra or {}),
    }
    spec_file = work / f"spec-{mode}.json"
    spec_file.write_text(json.dumps(spec))
    log = work / f"log-{mode}.txt"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [python, "-P", *flags, str(SUPPORT / "child.py"), str(spec_file)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=(down_read, up_write),
            cwd=work,
            env={**environment(paths), **(env or {})},
        )
    os.close(down_read)
    os.close(up_write)
    try:
        _serve(process, up_read, down_write, install, timeout + 10)
    finally:
        os.close(up_read)
        os.close(down_write)
        if process.poll() is None:
            process.kill()
            process.wait()
    text = log.read_text(errors="replace")
    if not result.exists():
        raise Died(f"exit status {process.returncode}, no result; its output:\n{text[-6000:]}")
    data = json.loads(result.read_text())
    data["output"] = text
    data["returncode"] = process.returncode
    if process.returncode != 0:
        raise Died(f"exit status {process.returncode} after the scenario; its output:\n{text[-6000:]}")
    return data


def _serve(process, up_read, down_write, install, limit):
    """Answers the child's requests until it closes its pipe; gives up at the limit."""
    deadline = time.monotonic() + limit
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(up_read, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(timeout=max(0, deadline - time.monotonic())):
                break
            piece = os.read(up_read, 4096)
            if not piece:
                break
            pending += piece
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                if line.startswith(b"install ") and install is not None:
                    install(int(line.split()[1]))
                os.write(down_write, b"done\n")
    try:
        process.wait(timeout=max(1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def refusal_codes(record):
    """The distinct codes of a refused upgrade, in order."""
    codes = []
    for reason in record["refused"] or ():
        if reason["code"] not in codes:
            codes.append(reason["code"])
    return codes


def _unnamed(alive, report):
    """What of the oracle's list the report does not name with its holder. Code is named with its function, and
    what is defined in something with that."""
    said = [entry.partition(": held by ")[0] for entry in report["old_generation"] if ": held by " in entry]
    more = sum(int(entry.split()[1]) for entry in report["old_generation"] if entry.startswith("and "))
    left = []
    for line in alive:
        kind, _, rest = line.partition(" ")
        label = rest.removeprefix("of ").partition(" held by ")[0]
        if kind != "code" and not any(label == name or label.startswith(name + ".") for name in said):
            left.append(line)
    return left if len(left) > more else []


def judge(result, *, kept=False, endless=False):
    """Asserts what every live upgrade must satisfy, whatever the scenario. Old frames may keep the old alive until they end.

    `kept`: the application holds what the new version removed; that may live, if the report names it and its holder.
    `endless`: old frames never end; a C caller may have the old function in its hand as long.
    """
    for record in result["upgrades"]:
        if record["refused"] is not None:
            assert record["changed"] == [], "a refused upgrade changed the process: " + "; ".join(
                record["changed"][:10]
            )
            continue
        assert record["raised"] is None, "neither made nor refused: " + record["raised"]
        alive = _unnamed(record["alive"], record["report"]) if kept else record["alive"]
        assert alive == [] or record["report"]["old_frames"], "the old generation lives: " + "; ".join(alive[:10])
        if not record["alive"]:
            assert record["strayed"] == [], "globals are not the module's: " + ", ".join(record["strayed"][:10])
            assert not record["report"]["old_generation"] or record["report"]["old_frames"], record["report"][
                "old_generation"
            ]
    outdated, alive = result.get("outdated", []), result.get("alive", [])
    assert outdated == [], "the application holds what the module no longer has: " + ", ".join(outdated)
    if kept and alive:
        alive = _unnamed(alive, result["upgrades"][-1]["report"])
    if endless and alive:
        alive = [] if result["upgrades"][-1]["report"]["old_frames"] else alive
    assert alive == [], "the old generation lives at the end: " + "; ".join(alive[:10])
