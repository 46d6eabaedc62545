import lib
import midflight

running = 0
loaded = lib.load()


class Busy(Exception):
    """A job is running."""


def begin():
    global running
    running += 1


def end():
    global running
    running -= 1


@midflight.on_upgrade("example_hook_of_a_program")
def refuse_while_busy(change):
    if running:
        raise Busy(f"{running} jobs are running on {change.distribution} {change.old_version}")


@midflight.on_upgrade("example_hook_of_a_program", when="after")
def load_again(change):
    loaded[:] = lib.load()
