import pathlib
import subprocess

import shellingham
import shellingham.posix


class Unknown(shellingham.ShellDetectionFailure):
    """A failure of the program's own kind."""


def started():
    """A shell that waits, below this process. For a moment after exec() the kernel knows no arguments of it."""
    shell = subprocess.Popen(["sh"], stdin=subprocess.PIPE)
    while not pathlib.Path(f"/proc/{shell.pid}/cmdline").read_bytes():
        pass
    return shell


def ended(shell):
    shell.stdin.close()
    return shell.wait()


def hold():
    shell = started()
    try:
        assert shellingham.detect_shell(shell.pid) == ("sh", "sh")
        shellingham.posix.get_shell(shell.pid, max_depth=1)
    except BaseException:
        ended(shell)
        raise
    return (
        shell,
        {shellingham.detect_shell: "detect"},
        shellingham.posix.get_shell,
        shellingham.ShellDetectionFailure,
        Unknown("u"),
    )


def use(held):
    shell, names, get, failure, own = held
    try:
        assert shellingham.detect_shell(shell.pid) == ("sh", "sh") == get(shell.pid)
    finally:
        assert ended(shell) == 0
    assert names[shellingham.detect_shell] == "detect" and get is shellingham.posix.get_shell
    assert (
        failure is shellingham.ShellDetectionFailure
        and isinstance(own, failure)
        and issubclass(failure, EnvironmentError)
    )
    try:
        shellingham.detect_shell(shell.pid)
    except OSError as error:
        assert isinstance(error, (failure, FileNotFoundError))
    else:
        raise AssertionError("that process has ended")
