"""safe_point(): the program names where its threads may be when a new version is taken."""

from tests.test_rollback import run  # noqa: F401

SERVE = "def serve(handle):\n    while handle():\n        {0}\n\n\ndef name():\n    return {1}\n"

APPLICATION = """
import lib, threading, time
stop, started, seen, problem = threading.Event(), threading.Event(), [], []

def handle():
    started.set()
    if named:
        seen.append(midflight.safe_point())
    else:
        time.sleep(0.001)
    return not stop.is_set()

def serve():
    try:
        lib.serve(handle)
    except BaseException as error:
        problem.append(error)

thread = threading.Thread(target=serve)
"""


def test_calls_at_a_safe_point_stand_in_nobodys_way(run):  # noqa: F811
    run(
        APPLICATION.replace("if named", "if named[0]")
        + """
named = [False]
thread.start()
assert started.wait(30)
__main__.install(2)
refusal = raises(midflight.UpgradeRefused, midflight.upgrade, "lib", when="strict", wait=0.7)
assert [reason.code for reason in refusal.reasons] == ["active"] and lib.name() == 1
named[0] = True
report = midflight.upgrade("lib", when="strict", wait=30.0)
assert lib.name() == 2 and any("serve" in line for line in report.old_frames), (report.old_frames, problem)
stop.set()
thread.join(30)
assert not problem and seen.count(True) == 1 and midflight.safe_point() is False
""",
        [SERVE.format("handle.__name__", 1), SERVE.format("handle.__qualname__", 2)],
    )


def test_what_does_not_fit_is_refused_there_too(run):  # noqa: F811
    run(
        APPLICATION.replace("if named", "if True")
        + """
thread.start()
assert started.wait(30)
__main__.install(2)
refusal = raises(midflight.UpgradeRefused, midflight.upgrade, "lib", wait=0.7)
assert refusal.reasons[0].code == "active" and "helper" in refusal.reasons[0].cause and lib.name() == 1, refusal
stop.set()
thread.join(30)
assert not problem and not any(seen)
assert midflight.upgrade("lib").upgraded
""",
        [
            SERVE.format("lib_helper(1)", 1) + "\n\ndef lib_helper(x):\n    return x\n",
            SERVE.format("lib_helper()", 2) + "\n\ndef lib_helper():\n    return 1\n",
        ],
    )
