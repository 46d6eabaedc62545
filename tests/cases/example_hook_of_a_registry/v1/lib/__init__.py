from commands import COMMANDS


def show():
    return "shown by 1"


COMMANDS.add("show", show)
